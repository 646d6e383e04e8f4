"""A deployed function that is not set up does not start, and one line of its log says why."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.waiting import until
from tools.machine import environment
from tools.paths import BIN, ROOT, STATE, groups
from tools.processes import Process, answers, free_ports

IN_THE_CLOUD = {"K_SERVICE": "some-function", "GOOGLE_CLOUD_PROJECT": "demo-start"}

each_group = pytest.mark.parametrize("group", groups())


def needed(group: str) -> dict[str, str]:
    """The secrets that the manifest declares."""
    manifest = yaml.safe_load((ROOT / f"functions/{group}/functions.yaml").read_text("utf-8"))
    declared = manifest["endpoints"][group].get("secretEnvironmentVariables", [])
    return {secret["key"]: secrets.token_hex(16) for secret in declared}


class Start:
    """The production server of one function, in an environment that says it is deployed."""

    def __init__(self, group: str, **env: str) -> None:
        (self.port,) = free_ports(1)
        kept = {k: v for k, v in environment().items() if not k.endswith("_EMULATOR_HOST")}
        self.process = Process(
            [BIN / "functions-framework", "--host", "127.0.0.1"],
            cwd=ROOT / "functions" / group,
            env={**kept, **IN_THE_CLOUD, "FUNCTION_TARGET": group, "PORT": str(self.port), **env},
            log=STATE / f"start-{group}-{self.port}.log",
        )

    @property
    def said(self) -> str:
        return self.process.log.read_text("utf-8")

    def answers(self) -> bool:
        """Whether it takes requests; it does once it has loaded the function."""
        assert self.process.running, self.said
        return answers(self.port)

    def refusal(self) -> list[str]:
        """Why it did not start. Fails unless its whole log is one line that says so."""
        until(lambda: not self.process.running, 30, lambda: f"it runs: {self.said}")
        (line,) = self.said.splitlines()
        told: dict[str, Any] = json.loads(line)
        assert (told["severity"], told["message"]) == ("CRITICAL", "refused to start")
        reasons: list[str] = told["reasons"]
        return reasons

    def end(self) -> None:
        self.process.kill()
        self.process.log.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def bare() -> Iterator[dict[str, Start]]:
    """Each function, started with nothing set and an emulator to trust: all at once."""
    started = {
        group: Start(group, FIREBASE_AUTH_EMULATOR_HOST="127.0.0.1:9099") for group in groups()
    }
    yield started
    for one in started.values():
        one.end()


@each_group
def test_a_function_without_its_settings_refuses_to_start_and_names_each(
    bare: dict[str, Start], group: str
) -> None:
    reasons = bare[group].refusal()
    for name in ("FIREBASE_AUTH_EMULATOR_HOST", "AUTH_MODE", *needed(group)):
        assert len([reason for reason in reasons if name in reason]) == 1, (
            f"{name} is not missed: give its setting to Api(…, needs=…) in {group}/routes.py"
        )
    assert len(reasons) == 2 + len(needed(group))


@pytest.fixture(scope="module")
def set_up() -> Iterator[dict[str, Start]]:
    """Each function, started with what its deploy gives it."""
    started = {group: Start(group, AUTH_MODE="verified", **needed(group)) for group in groups()}
    yield started
    for one in started.values():
        one.end()


@each_group
def test_a_function_with_its_settings_starts_without_credentials(
    set_up: dict[str, Start], group: str
) -> None:
    start = set_up[group]
    until(start.answers, 30, lambda: start.said)
    assert start.said == ""


AMISS: tuple[tuple[dict[str, str], str], ...] = (
    ({"AUTH_MODE": ""}, "AUTH_MODE must be set: open or verified"),
    ({"AUTH_MODE": "on"}, "AUTH_MODE must be one of open, verified"),
    ({"DEVICE_KEY_SECRET": ""}, "DEVICE_KEY_SECRET must be set, to at least 32 characters"),
    ({"DEVICE_KEY_SECRET": "short"}, "DEVICE_KEY_SECRET must be set, to at least 32 characters"),
    ({"FIRESTORE_EMULATOR_HOST": "x:1"}, "a deployed function must not have FIRESTORE_EMULATOR_HOST"),
    ({"PUBSUB_EMULATOR_HOST": "x:1"}, "a deployed function must not have PUBSUB_EMULATOR_HOST"),
    ({"STORAGE_EMULATOR_HOST": ""}, "a deployed function must not have STORAGE_EMULATOR_HOST"),
)  # fmt: skip


def test_one_thing_amiss_is_enough_and_nothing_else_is_named() -> None:
    good = {"AUTH_MODE": "open", **needed("devices")}
    started = [(Start("devices", **good | env), reason) for env, reason in AMISS]
    try:
        for start, reason in started:
            assert start.refusal() == [reason]
    finally:
        for start, _ in started:
            start.end()


def test_the_functions_emulator_stays_unbothered() -> None:
    """It says K_SERVICE too, and sets neither AUTH_MODE nor leaves emulators out."""
    start = Start("devices", FUNCTIONS_EMULATOR="true", FIRESTORE_EMULATOR_HOST="127.0.0.1:1")
    try:
        until(start.answers, 30, lambda: start.said)
    finally:
        start.end()


def test_a_refusal_is_an_exit_code_that_a_deploy_sees() -> None:
    start = Start("presence")
    start.refusal()
    assert start.process._child.returncode == 1
    start.end()
