"""`dev.py deploy` from a new project to a check-in, by the real Firebase CLI, against stand-ins.

Google is late on the first run: it refuses with recorded errors, each once.
"""

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from shared.base.settings import SETTINGS
from tests.deploy.google import API_KEY, PROJECT, REGION, Google, Refused
from tests.deploy.rehearsal import Rehearsal
from tools.deploy import presets
from tools.paths import ROOT, groups

FUNCTIONS = "POST cloudfunctions.googleapis.com/v2/.*/functions$"
# What the service answered to others: the numbers are of the CLI's issues on GitHub.
RECORDED = {
    "a second index": (  # 1483
        "POST firestore.googleapis.com/.*/events/indexes",
        Refused(409, "index already exists"),
    ),
    "a quota": (  # 9880
        r"\$ gcloud projects add-iam-policy-binding",
        Refused(429, "Quota exceeded for quota metric 'Write requests' and limit 'per minute'"),
    ),
    "a late account": (  # 8841, 10859
        FUNCTIONS,
        Refused(
            404,
            f"Service account projects/-/serviceAccounts/simpul-functions@{PROJECT}.iam."
            "gserviceaccount.com was not found.",
        ),
    ),
    "a late API": (
        r"\$ gcloud firestore databases describe",
        Refused(
            403, "Cloud Firestore API has not been used in project 1 before or it is disabled."
        ),
    ),
}


@dataclass
class Done:
    """One run of the command."""

    process: "subprocess.CompletedProcess[str]"
    journal: list[str]
    seconds: float

    @property
    def out(self) -> str:
        return self.process.stdout


def run(rehearsal: Rehearsal, *options: str, answers: str = "") -> Done:
    rehearsal.google.journal.clear()
    started = time.monotonic()
    process = rehearsal.deploy(*options, answers=answers)
    done = Done(process, list(rehearsal.google.journal), time.monotonic() - started)
    assert process.returncode == 0, process.stdout[-5000:] + process.stderr
    return done


@pytest.fixture(scope="module")
def google(rehearsal: Rehearsal) -> Google:
    return rehearsal.google


@pytest.fixture(scope="module")
def first(rehearsal: Rehearsal) -> Done:
    """A person answers both questions with the default. Everything of this folder is deployed."""
    for pattern, refusal in RECORDED.values():
        rehearsal.google.fail(pattern, refusal)
    return run(rehearsal, answers="\n\n")


@pytest.fixture(scope="module", autouse=True)
def figures(first: Done, second: Done) -> Iterator[None]:
    """Prints the figures of docs/deploy.md: `pytest -s`."""
    yield
    for name, done in (("new, all", first), ("again, presence", second)):
        asked = re.search(r"(\d+) questions", done.out)
        sys.stdout.write(
            f"\n{name}: {asked and asked[1]} questions, {done.seconds:.0f} s,"
            f" {len(done.journal)} requests\n"
        )


@pytest.fixture(scope="module")
def second(rehearsal: Rehearsal, first: Done) -> Done:
    """The same project again, unattended, with less, and in the other mode."""
    envfile_path = rehearsal.folder / f"config/.env.{PROJECT}"
    text = envfile_path.read_text("utf-8").replace("AUTH_MODE=verified", "AUTH_MODE=open")
    text = text.replace("# SESSION_HOURS=12", "SESSION_HOURS=3")
    envfile_path.write_text(text, encoding="utf-8")
    return run(rehearsal, "--preset", "presence", "--yes")


def test_a_new_project_gets_all_functions_pages_rules_and_indexes(
    first: Done, google: Google
) -> None:
    assert set(google.functions) == set(groups())
    wanted = json.loads((ROOT / "firestore.indexes.json").read_text("utf-8"))
    assert len(google.indexes) == len(wanted["indexes"])
    assert len(google.fields) == len(wanted["fieldOverrides"])
    (ruleset,) = google.releases.values()
    assert "service cloud.firestore" in google.rulesets[ruleset]["source"]["files"][0]["content"]
    assert (
        "/console/index.html"
        in google.versions["projects/kelas-a/sites/kelas-a/versions/1"]["files"]
    )


def test_two_questions_are_asked(first: Done) -> None:
    assert first.out.count("[verified]") == first.out.count("[yes]") == 1
    assert "\n2 questions, " in first.out


def test_nothing_was_sent_that_the_stand_in_does_not_know(first: Done, google: Google) -> None:
    assert google.unknown == []


@pytest.mark.parametrize("name", RECORDED)
def test_google_is_late_and_the_deploy_waits_for_it(first: Done, google: Google, name: str) -> None:
    message = str(RECORDED[name][1])[:60]
    assert re.search(rf"Google is not ready yet: .*{re.escape(message)}", first.out)
    assert all(fault.times == 0 for fault in google.faults)


def test_each_thing_is_made_before_what_needs_it(first: Done) -> None:
    order = (
        "$ gcloud services enable", "$ gcloud firestore databases create",
        "POST firebase.googleapis.com/v1alpha/firebase:provisionFirebaseApp",
        "$ gcloud iam service-accounts create", "$ gcloud secrets create",
        "POST firestore.googleapis.com", "POST cloudfunctions.googleapis.com",
        "PATCH artifactregistry.googleapis.com", "POST firebasehosting.googleapis.com/v1beta1/"
        "projects/kelas-a/sites/kelas-a/channels/live/releases", "$ gcloud pubsub topics create",
        f"POST {PROJECT}.web.app/presence/checkin", "$ gcloud secrets versions access",
    )  # fmt: skip
    found = [
        next(at for at, line in enumerate(first.journal) if line.startswith(begin))
        for begin in order
    ]
    assert found == sorted(found)


def test_the_database_is_where_the_functions_are(first: Done, google: Google) -> None:
    """The CLI would make it in North America."""
    assert google.location == REGION
    assert (
        json.loads((ROOT / "firebase.json").read_text("utf-8"))["firestore"]["location"] == REGION
    )


def test_secrets_are_drawn_and_seen_by_no_one(first: Done, google: Google) -> None:
    assert sorted(google.secrets) == sorted(s.name for s in SETTINGS if s.secret)
    assert len(set(google.secrets.values())) == len(google.secrets)
    for secret in google.secrets.values():
        assert secret not in first.out + first.process.stderr + "".join(first.journal)


def test_the_settings_are_found_and_not_asked_for(first: Done, rehearsal: Rehearsal) -> None:
    text = (rehearsal.folder / f"config/.env.{PROJECT}").read_text("utf-8")
    for line in (
        "AUTH_MODE=open",
        f"PUBLIC_URL=https://{PROJECT}.web.app",
        f"WEB_API_KEY={API_KEY}",
    ):
        assert re.search(
            rf"^{re.escape(line).replace('open', '(open|verified)')}$", text, re.MULTILINE
        )


def test_images_are_cleaned_up_and_messages_retried(first: Done, google: Google) -> None:
    assert google.cleanup["cleanupPolicies"]["firebase-functions-cleanup"]["action"] == "DELETE"
    assert google.functions["fanout"]["eventTrigger"]["retryPolicy"] == "RETRY_POLICY_RETRY"


def test_someone_checks_in_and_leaves_nothing(first: Done, google: Google) -> None:
    """By an account of its own, which no one can use later."""
    assert re.search(r"PR-\w+ was accepted, and is removed", first.out)
    assert google.accounts == {}
    assert documents(google) == []


def documents(google: Google) -> list[str]:
    url = f"http://{google.documents}/v1/projects/{PROJECT}/databases/(default)/documents:runQuery"
    query = {"structuredQuery": {"from": [{"allDescendants": True}]}}
    headers = {"Authorization": "Bearer owner", "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(query).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return [one["document"]["name"] for one in json.load(answer) if "document" in one]


def test_the_person_gets_the_link_for_the_first_admin_and_the_addresses(first: Done) -> None:
    assert re.search(rf"https://{PROJECT}\.web\.app/claim/#\S+", first.out)
    assert f"https://{REGION}-{PROJECT}.cloudfunctions.net/presence/checkin" in first.out
    assert f"https://presence-123456789012.{REGION}.run.app/presence/checkin" in first.out


def test_strangers_may_not_sign_up_in_verified_mode(first: Done, google: Google) -> None:
    assert 'disabledUserSignup": true' in first.out


def test_again_makes_nothing_twice_and_deletes_nothing(second: Done, google: Google) -> None:
    deleted = [line for line in second.journal if line.startswith("DELETE")]
    assert all(re.search(r"/documents/(courses/trial-|tokens/TKN-)", line) for line in deleted)
    assert not [line for line in second.journal if line.startswith("$") and " create" in line]
    assert set(google.functions) == set(groups()), "what another preset has deployed stays"


def test_again_asks_nothing_with_yes(second: Done) -> None:
    assert "\n0 questions, " in second.out


def test_a_preset_deploys_its_functions_and_pages_and_no_path_to_others(
    second: Done, google: Google
) -> None:
    updated = {line.rsplit("/", 1)[1] for line in second.journal if line.startswith("PATCH cloudf")}
    assert updated == set(presets.PRESETS["presence"])
    version = google.versions[google.released]
    served = {one["run"]["serviceId"] for one in version["config"]["rewrites"]}
    assert served <= set(presets.PRESETS["presence"])
    folders = {name.split("/")[1] for name in version["files"]}
    assert {"console", "checkin", "lib"} <= folders
    assert not folders & {"sensors", "map", "stations", "machines"}


def test_the_navigation_does_not_name_the_pages_that_are_left_out(
    second: Done, rehearsal: Rehearsal
) -> None:
    hidden = '"sensors,map,stations,machines"'
    texts = [path.read_text("utf-8") for path in (rehearsal.folder / "public/lib").rglob("*.js")]
    assert any(hidden in text for text in texts)


def test_again_leaves_the_settings_that_a_person_has_changed(
    second: Done, rehearsal: Rehearsal
) -> None:
    text = (rehearsal.folder / f"config/.env.{PROJECT}").read_text("utf-8")
    assert "\nSESSION_HOURS=3\n" in text


def test_an_open_project_checks_in_without_an_account(second: Done) -> None:
    assert re.search(r"PR-\w+ was accepted, and is removed", second.out)
    assert not [line for line in second.journal if "signInWithPassword" in line]


def test_nothing_of_a_deploy_stays_in_the_folder(second: Done, rehearsal: Rehearsal) -> None:
    left = [*rehearsal.folder.glob("functions/*/shared"), *rehearsal.folder.glob(".simpul.*.json")]
    assert left == []


def test_what_a_person_must_do_is_said_before_anything_is_made(
    second: Done, rehearsal: Rehearsal, google: Google
) -> None:
    google.journal.clear()
    google.billing = False
    text = rehearsal.deploy("--yes").stdout
    assert "MISSING  Billing" in text
    assert f"https://console.firebase.google.com/project/{PROJECT}/usage/details" in text
    google.billing, google.signed_in = True, False
    text = rehearsal.deploy("--yes").stdout
    assert "MISSING  gcloud" in text
    google.signed_in = True
    assert not [line for line in google.journal if line.startswith(("$ gcloud services", "PATCH"))]


def test_where_google_does_not_start_sign_in_the_person_gets_the_address_and_goes_on_later(
    second: Done, rehearsal: Rehearsal, google: Google
) -> None:
    """It fails half way; the same command then ends well."""
    google.has_authentication = google.provisions = False
    failed = rehearsal.deploy("--yes", "--preset", "presence")
    assert failed.returncode == 1
    assert f"{PROJECT}/authentication/providers" in failed.stdout
    assert "dev.py deploy --project kelas-a --preset presence" in failed.stdout
    assert "Traceback" not in failed.stdout + failed.stderr
    google.has_authentication = True
    run(rehearsal, "--yes", "--preset", "presence")
