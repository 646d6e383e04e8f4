"""The commands for what `firebase deploy` does not make, against a gcloud that notes them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from accounts import Accounts
from check import check
from gcloud import Cloud

from shared.domain import claims
from tests.infra.auth_api import CONFIG_PATH, TOKEN, AuthApi, serving
from tests.test_layout import manifest
from tools import doctor
from tools.paths import REGION, ROOT, WINDOWS, groups

TRIGGERS = [
    "projects/p/locations/asia-southeast2/triggers/other-1\tprojects/p/subscriptions/eventarc-other-1",
    "projects/p/locations/asia-southeast2/triggers/fanout-77\tprojects/p/subscriptions/eventarc-fanout-77-sub-9",
]
ACCOUNT = "simpul-functions@my-class.iam.gserviceaccount.com"
AGENT = "service-123456@gcp-sa-pubsub.iam.gserviceaccount.com"


class Machine:
    """A machine with a gcloud and a bq of ours on its PATH, and Firebase Auth's settings."""

    def __init__(self, folder: Path, api: AuthApi) -> None:
        self._folder = folder
        self.api = api
        self._state = folder / "state.json"
        self.set(calls=[], made=[], broken=[], exclusions=[], triggers=TRIGGERS, missing=[])
        fake = Path(__file__).parent / "fake_gcloud.py"
        for program in ("gcloud", "bq"):
            words = f'"{sys.executable}" -S "{fake}" "{self._state}" {program}'
            if WINDOWS:
                (folder / f"{program}.cmd").write_text(f"@{words} %*\r\n", encoding="utf-8")
            else:
                (folder / program).write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
                (folder / program).chmod(0o755)

    def set(self, **fields: Any) -> None:
        known = json.loads(self._state.read_text("utf-8")) if self._state.exists() else {}
        self._state.write_text(json.dumps({**known, **fields}), encoding="utf-8")

    @property
    def calls(self) -> list[str]:
        """What was called since the last look."""
        found = [" ".join(words) for words in json.loads(self._state.read_text("utf-8"))["calls"]]
        self.set(calls=[])
        return found

    def run(self, *words: str, path: str | None = None) -> "subprocess.CompletedProcess[str]":
        """infra/cloud.py for the project my-class."""
        found = os.pathsep.join([str(self._folder), os.environ["PATH"]]) if path is None else path
        return subprocess.run(
            [sys.executable, ROOT / "infra/cloud.py", *words, "--project", "my-class",
             "--auth-api", self.api.url],
            env={**os.environ, "PATH": found, "PYTHONUTF8": "1"},
            capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with serving(AuthApi()) as api:
        yield Machine(tmp_path, api)


def changes(calls: list[str]) -> list[str]:
    """The calls that may change something."""
    looks = (" describe ", " list ", " show ", " print-access-token ", " access ")
    return [call for call in calls if not any(word in f"{call} " for word in looks)]


def test_before_a_deploy_the_functions_get_an_account_that_may_do_what_they_do(
    machine: Machine,
) -> None:
    done = machine.run("before")
    assert done.returncode == 0, done.stderr
    calls = changes(machine.calls)
    assert any(
        "services enable" in call and "iamcredentials.googleapis.com" in call for call in calls
    )
    assert sum("service-accounts create simpul-functions" in call for call in calls) == 1
    for role in (
        "datastore.user", "pubsub.publisher", "eventarc.eventReceiver", "run.invoker",
        "firebaseauth.viewer",
    ):  # fmt: skip
        binding = f"projects add-iam-policy-binding my-class --condition=None --member=serviceAccount:{ACCOUNT} --role=roles/{role}"
        assert f"gcloud {binding}" in calls
    (signs,) = [call for call in calls if "serviceAccountTokenCreator" in call]
    assert signs.startswith(f"gcloud iam service-accounts add-iam-policy-binding {ACCOUNT} ")
    assert f"--member=serviceAccount:{ACCOUNT}" in signs
    assert not any("billing budgets" in call for call in calls)


def test_only_the_function_of_accounts_may_change_accounts(machine: Machine) -> None:
    """And it may neither publish nor receive."""
    machine.run("before")
    calls = changes(machine.calls)
    people = ACCOUNT.replace("functions", "people")
    granted = {
        (call.split("serviceAccount:")[1].split()[0], call.rpartition("--role=roles/")[2])
        for call in calls
        if "projects add-iam-policy-binding" in call
    }
    assert {role for account, role in granted if account == people} == {
        "datastore.user",
        "firebaseauth.admin",
    }
    assert (ACCOUNT, "firebaseauth.admin") not in granted


def test_it_makes_the_accounts_that_the_manifests_name() -> None:
    for group in groups():
        account = manifest(group)["endpoints"][group]["serviceAccount"]
        name = "people" if group == "people" else "functions"
        assert account == f"simpul-{name}@{{{{ params.PROJECT_ID }}}}.iam.gserviceaccount.com"


def test_after_a_deploy_what_the_fanout_can_not_take_in_is_kept(machine: Machine) -> None:
    done = machine.run("after")
    assert done.returncode == 0, done.stderr
    calls = changes(machine.calls)
    assert calls == [
        "gcloud pubsub topics create telemetry-dead --project my-class",
        "gcloud pubsub subscriptions create telemetry-dead-kept --topic=telemetry-dead"
        " --message-retention-duration=7d --expiration-period=never --project my-class",
        "gcloud pubsub topics add-iam-policy-binding telemetry-dead --project my-class"
        f" --member=serviceAccount:{AGENT} --role=roles/pubsub.publisher",
        "gcloud pubsub subscriptions add-iam-policy-binding eventarc-fanout-77-sub-9"
        f" --project my-class --member=serviceAccount:{AGENT} --role=roles/pubsub.subscriber",
        "gcloud pubsub subscriptions update eventarc-fanout-77-sub-9"
        " --dead-letter-topic=telemetry-dead --max-delivery-attempts=20 --min-retry-delay=10s"
        " --max-retry-delay=600s --project my-class",
        "gcloud logging sinks update _Default --add-exclusion=name=kiosk-links,filter="
        'resource.type="cloud_run_revision" AND resource.labels.service_name="kiosk"'
        ' AND httpRequest.requestUrl:"/rvm-ui/" --project my-class',
    ]


@pytest.mark.parametrize(
    "words", [("before", "--budget", "10USD", "--billing-account", "0X-1"), ("after", "--archive")]
)
def test_a_second_run_creates_nothing_and_sets_the_policy_again(
    machine: Machine, words: tuple[str, ...]
) -> None:
    assert machine.run(*words).returncode == 0
    first = changes(machine.calls)
    assert any(" create " in call for call in first)
    assert machine.run(*words).returncode == 0
    second = changes(machine.calls)
    once = (" create ", " mk ", " --add-exclusion=")
    assert second == [call for call in first if not any(word in call for word in once)]
    if words[0] == "after":
        assert any("--dead-letter-topic" in call for call in second)


def test_a_budget_is_made_with_its_thresholds(machine: Machine) -> None:
    machine.run("before", "--budget", "150000IDR", "--billing-account", "0X-1")
    (budget,) = [call for call in machine.calls if "budgets create" in call]
    for part in (
        "--billing-account=0X-1",
        "--budget-amount=150000IDR",
        "projects/my-class",
        "percent=0.5",
    ):
        assert part in budget
    done = machine.run("before", "--budget", "10USD")
    assert (done.returncode, "--billing-account" in done.stderr) == (2, True)


def test_an_archive_is_a_table_that_pubsub_writes_by_itself(machine: Machine) -> None:
    assert machine.run("after", "--archive").returncode == 0
    calls = machine.calls
    assert any(
        call.startswith("bq mk --table my-class:simpul.telemetry data:JSON") for call in calls
    )
    (subscription,) = [call for call in calls if "create telemetry-archive" in call]
    assert (
        "--topic=telemetry --bigquery-table=my-class:simpul.telemetry --write-metadata"
        in subscription
    )
    assert any("bigquery.dataEditor" in call and AGENT in call for call in calls)


@pytest.mark.parametrize(
    "words", [("before", "--budget", "1USD", "--billing-account", "0X"), ("after", "--archive")]
)
def test_a_dry_run_shows_every_command_and_calls_nothing(
    machine: Machine, words: tuple[str, ...]
) -> None:
    done = machine.run(*words, "--dry-run", path="")
    assert done.returncode == 0, done.stderr
    shown = [line[2:] for line in done.stdout.splitlines() if line.startswith("$ ")]
    assert machine.calls == []
    assert machine.api.calls == []
    patched = [line for line in shown if line.startswith("curl ")]
    shown = [line for line in shown if not line.startswith("curl ")]
    assert len(patched) == (words[0] == "before")
    assert all("config?updateMask=" in line and "Bearer" not in line for line in patched)
    machine.run(*words)
    real = [
        call.replace("123456", "PROJECT_NUMBER").replace(
            "eventarc-fanout-77-sub-9", "FANOUT_SUBSCRIPTION"
        )
        for call in changes(machine.calls)
    ]
    assert shown == real


def test_before_the_first_deploy_it_says_that_there_is_nothing_to_mend_yet(
    machine: Machine,
) -> None:
    machine.set(triggers=TRIGGERS[:1])
    done = machine.run("after")
    assert (done.returncode, "run `firebase deploy` first" in done.stderr) == (1, True)
    assert changes(machine.calls) == []


def test_a_command_that_fails_stops_it_with_what_gcloud_says(machine: Machine) -> None:
    """Also where it only looks: not being allowed to see a thing is not its absence."""
    for word in ("create", "topics"):
        machine.set(broken=[word])
        done = machine.run("after")
        assert (done.returncode, "PERMISSION_DENIED" in done.stderr) == (1, True)
        assert "Traceback" not in done.stderr
        assert not any("subscriptions update" in call for call in machine.calls)


def test_without_gcloud_it_says_where_to_get_it(machine: Machine) -> None:
    done = machine.run("before", path="")
    assert (done.returncode, "cloud.google.com/sdk" in done.stderr) == (1, True)


def test_before_a_deploy_strangers_lose_the_ways_to_an_account(machine: Machine) -> None:
    machine.api.config = {"signIn": {"anonymous": {"enabled": True}, "email": {"enabled": True}}}
    assert machine.api.signs_up == (True, True)
    done = machine.run("before")
    assert done.returncode == 0, done.stderr
    assert machine.api.signs_up == (False, False)
    assert machine.api.config["signIn"]["email"] == {"enabled": True}, "all else stays"
    assert machine.api.calls == [f"PATCH {CONFIG_PATH}"]
    assert TOKEN not in done.stdout + done.stderr


def test_where_no_account_is_asked_for_an_app_may_sign_in_anonymously(
    machine: Machine, tmp_path: Path
) -> None:
    """The mode of the functions decides; back in verified mode the way is closed again."""
    settings, config = tmp_path / ".env.my-class", ("--config", str(tmp_path))
    machine.run("before")
    for mode, ways in (("open", (True, True)), ("verified", (False, False))):
        settings.write_text(f"AUTH_MODE={mode}\n", encoding="utf-8")
        assert machine.run("check", *config).returncode == 2, "each way is as in the other mode"
        assert machine.run("before", *config).returncode == 0
        assert machine.api.signs_up == ways
        assert machine.run("check", *config).returncode == 0


def test_after_a_deploy_the_first_admin_gets_a_link(machine: Machine) -> None:
    """Signed with the project's secret, good for a day, another one each time."""
    links = [
        re.search(r"https://my-class\.web\.app/claim/#(\S+)", machine.run("after").stdout)
        for _ in range(2)
    ]
    tokens = [link[1] for link in links if link]
    opened = [
        claims.opened("my-class", "the project's own secret, drawn by a deploy", token)
        for token in tokens
    ]
    assert len({claim.nonce for claim in opened if claim}) == 2
    now = datetime.now(UTC)
    for claim in opened:
        assert claim is not None
        assert not claim.is_over(now + timedelta(hours=23))
        assert claim.is_over(now + timedelta(hours=25))
    assert (
        claims.opened("other-class", "the project's own secret, drawn by a deploy", tokens[0])
        is None
    )
    assert claims.opened("my-class", "another secret", tokens[0]) is None


def test_the_link_is_said_to_be_good_only_while_there_is_no_admin(machine: Machine) -> None:
    """The command cannot know."""
    assert "only while the project has no admin" in machine.run("after").stdout


def test_a_dry_run_makes_no_link(machine: Machine) -> None:
    assert "/claim/" not in machine.run("after", "--dry-run").stdout


def test_a_project_without_the_secret_of_links_is_set_up_all_the_same(machine: Machine) -> None:
    """As one is that was deployed before there were links."""
    machine.set(missing=["PEOPLE_SECRET"])
    done = machine.run("after")
    assert done.returncode == 0, done.stderr
    assert "functions:secrets:set PEOPLE_SECRET --project my-class" in done.stdout
    assert "/claim/" not in done.stdout
    assert done.stdout.endswith("Done.\n")
    assert any("subscriptions update" in call for call in machine.calls)


def test_an_unchanged_setting_is_not_taken_for_a_changed_one(machine: Machine) -> None:
    machine.api.deaf = True
    done = machine.run("before")
    assert (done.returncode, "User actions" in done.stderr) == (1, True)


def test_a_project_without_accounts_is_told_where_they_begin(machine: Machine) -> None:
    machine.api.config = None
    done = machine.run("before")
    assert (done.returncode, "Authentication → Get started" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr


def test_the_check_names_each_way_in_and_how_to_close_it(machine: Machine) -> None:
    machine.api.config = {"signIn": {"anonymous": {"enabled": True}}}
    done = machine.run("check")
    lines = {line.split()[1]: line for line in done.stdout.splitlines()}
    for name in ("Sign-up", "Anonymous"):
        assert lines[name].startswith("  MISSING")
        assert "python3 infra/cloud.py before --project my-class" in lines[name]
    assert "config/.env.my-class must say AUTH_MODE" in lines["AUTH_MODE"]
    assert done.returncode == 3, "one for each"
    machine.run("before")
    done = machine.run("check")
    assert "  ok       Sign-up    off" in done.stdout.splitlines()
    assert "  ok       Anonymous  off" in done.stdout.splitlines()
    assert done.returncode == 1, "AUTH_MODE"
    assert machine.api.calls == [f"{verb} {CONFIG_PATH}" for verb in ("GET", "PATCH", "GET")]


def test_the_check_says_that_it_does_not_know_what_it_may_not_see(machine: Machine) -> None:
    done = machine.run("check", path="")
    assert "  MISSING  Sign-up    not known. gcloud was not found" in done.stdout
    assert "Traceback" not in done.stderr
    machine.api.config = None
    assert "Get started" in machine.run("check").stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("AUTH_MODE=verified\n", "ok       AUTH_MODE  verified: every caller needs an account"),
        ('AUTH_MODE="open" # class', "ok       AUTH_MODE  open: anyone on the internet may"),
        ("# AUTH_MODE=open\n", "MISSING  AUTH_MODE  config/.env.my-class must say"),
        ("AUTH_MODE=on\n", "MISSING  AUTH_MODE  config/.env.my-class must say"),
    ],
)
def test_the_check_says_what_a_mode_means(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    (tmp_path / ".env.my-class").write_text(text, encoding="utf-8")
    check(Accounts(Cloud("my-class", dry_run=False), "http://127.0.0.1:1"), tmp_path)
    assert says in capsys.readouterr().out


def test_the_doctor_counts_what_a_project_lacks(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), os.environ["PATH"]]))
    options = ("--auth-api", machine.api.url)
    assert doctor._of_project("my-class", *options) == 2, "sign-up and AUTH_MODE"
    machine.run("before")
    assert doctor._of_project("my-class", *options) == 1
    monkeypatch.setattr(doctor, "_of_project", lambda project: 7)
    assert doctor.doctor("my-class") == 1


def test_it_works_in_the_region_of_the_functions() -> None:
    assert f'REGION = "{REGION}"' in (ROOT / "infra/cloud.py").read_text("utf-8")
