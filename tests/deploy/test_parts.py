"""The parts of a deploy that need no Google: presets, patience, the settings file."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from gcloud import Problem

import dev
from tools.deploy import envfile, patience, presets
from tools.deploy.firebase import CommandFailed
from tools.paths import FIREBASE, ROOT, groups

# As others have published them.
LATER = (
    "Error: Request to https://firestore.googleapis.com/v1/x had HTTP Error: 409, index already exists",
    "⚠  functions: Request to https://cloudfunctions.googleapis.com/v2/x had HTTP Error: 404, Service"
    " account projects/-/serviceAccounts/638315697812-compute@developer.gserviceaccount.com was not found.",
    "Validation failed for trigger x: Invalid resource state for \"\": Permission denied while using the"
    " Eventarc Service Agent. If you recently started to use Eventarc, it may take a few minutes",
    "Error: Request to https://cloudbilling.googleapis.com/v1/x had HTTP Error: 429, Quota exceeded for"
    " quota metric 'All requests' and limit 'All requests per minute'",
    "ERROR: (gcloud.firestore) PERMISSION_DENIED: Cloud Firestore API has not been used in project 1"
    " before or it is disabled.",
    "HTTP Error: 409, too much contention on these datastore entities. please try again.",
    "Could not build the function due to a missing permission on the build service account.",
)  # fmt: skip
NEVER = (
    "HTTP Error: 403, The caller does not have permission",
    "HTTP Error: 400, One or more users named in the policy do not belong to a permitted customer.",
    "Error: Failed to authenticate, have you run firebase login?",
    "config/.env.x: AUTH_MODE must be open or verified",
)


@pytest.mark.parametrize("text", LATER)
def test_what_google_says_when_it_is_late_is_waited_for(text: str) -> None:
    failed = CommandFailed(f"i  deploying\n{text}\n\nError: There was an error deploying functions")
    assert patience.late(failed) in text


@pytest.mark.parametrize("text", NEVER)
def test_what_no_waiting_mends_is_not_waited_for(text: str) -> None:
    assert patience.late(CommandFailed(text)) == ""


def failing(times: int) -> Callable[[], int]:
    left = [Problem("HTTP Error: 429")] * times

    def do() -> int:
        if left:
            raise left.pop()
        return 7

    return do


def test_patience_ends_and_says_why() -> None:
    assert patience.patiently("it", failing(patience.ATTEMPTS - 1), pause=0) == 7
    with pytest.raises(Problem, match="429"):
        patience.patiently("it", failing(patience.ATTEMPTS), pause=0)


def test_pauses_become_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    patience.patiently("it", failing(patience.ATTEMPTS - 1))
    assert waited == [30, 60, 90, 120, 120, 120]


def test_every_group_is_in_a_preset_and_presence_and_people_in_each() -> None:
    assert {name for names in presets.PRESETS.values() for name in names} == set(groups())
    assert all({"people", "presence"} <= set(names) for names in presets.PRESETS.values())


@pytest.mark.parametrize("preset", [*presets.PRESETS, "all"])
def test_no_path_of_a_preset_leads_to_a_function_that_it_lacks(preset: str) -> None:
    names = presets.functions(preset)
    found = presets.config(names)
    led = {
        one["function"]["functionId"] for one in found["hosting"]["rewrites"] if "function" in one
    }
    assert led <= set(names)
    assert {one["codebase"] for one in found["functions"]} == set(names)


def test_all_is_what_plain_firebase_deploys() -> None:
    assert presets.config(presets.functions("all")) == json.loads(
        (ROOT / "firebase.json").read_text()
    )


def test_each_page_belongs_to_a_function_or_to_every_preset() -> None:
    """A new page that needs a function of its own is named in PAGES."""
    folders = {path.parent.name for path in (ROOT / "public").glob("*/index.html")}
    of_all = {"checkin", "console", "docs", "people", "claim", "me"}
    assert folders - of_all == set(presets.PAGES)


def test_a_preset_draws_the_secrets_of_its_functions_only() -> None:
    assert presets.secrets(presets.functions("presence")) == ["PEOPLE_SECRET"]
    assert "KIOSK_KEYS" in presets.secrets(presets.functions("machines"))


def test_the_example_of_settings_is_made_from_the_table() -> None:
    assert envfile.EXAMPLE.read_text("utf-8") == envfile.example(), "python3 dev.py settings"


def test_a_setting_is_put_where_the_example_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envfile, "path", lambda project: tmp_path / project)
    envfile.create("p", "open")
    envfile.put("p", "PUBLIC_URL", "https://p.web.app")
    envfile.put("p", "OWN", "1")
    assert envfile.read("p") == {"AUTH_MODE": "open", "PUBLIC_URL": "https://p.web.app", "OWN": "1"}
    text = (tmp_path / "p").read_text("utf-8")
    assert len(re.findall("PUBLIC_URL=", text)) == 1


@pytest.mark.npm
def test_the_page_on_deploying_names_the_questions_that_the_cli_asks() -> None:
    prompts = (FIREBASE.parent.parent / "deploy/functions/prompts.js").read_text("utf-8")
    page = (ROOT / "docs/deploy.md").read_text("utf-8")
    for question in (
        "Would you like to proceed with deployment?",
        "How many days do you want to keep container images before they're deleted?",
    ):
        assert question in prompts
        assert question in page


def test_the_command_knows_its_presets() -> None:
    arguments = dev.parser().parse_args(["deploy", "--project", "p", "--preset", "presence"])
    assert (arguments.preset, arguments.yes) == ("presence", False)
