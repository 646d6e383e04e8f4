"""What `dev.py doctor --project` says of a project in the cloud."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from accounts import Accounts
from configuration import CONFIG, file_of, read
from gcloud import Problem

_MODES = {
    "verified": "verified: every caller needs an account with a role",
    "open": "open: anyone on the internet may check in, end sessions and read every roster and "
    "track without an account. Only for a swap test: docs/security.md",
}


def check(accounts: Accounts, config: Path = CONFIG) -> int:
    """Prints a line for each setting, with the fix where it is missing. Returns how many are."""
    missing = 0
    for name, say in _checks(accounts, config):
        try:
            print(f"  ok       {name:<10} {say()}", flush=True)
        except Problem as problem:
            missing += 1
            print(f"  MISSING  {name:<10} {problem}", flush=True)
    return missing


def _checks(accounts: Accounts, config: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    project = accounts.cloud.project
    yield "AUTH_MODE", lambda: _mode(project, config)
    try:
        sign_up = accounts.sign_up()
    except Problem as problem:
        yield "Sign-up", _raising(f"not known. {problem}")
        return
    is_open = auth_mode(project, config) == "open"
    mend = f"python3 infra/cloud.py before --project {project}"
    for name, is_on, who in (
        ("Sign-up", sign_up.by_themselves, "everyone may make an account with the web API key"),
        ("Anonymous", sign_up.anonymously, "everyone may sign in without an account"),
    ):
        if is_on and not is_open:
            yield name, _raising(f"on: {who}; switch it off: {mend}")
        elif is_open and not is_on:
            yield name, _raising(f"off: apps without accounts cannot listen; switch it on: {mend}")
        else:
            yield name, partial(str, "on" if is_on else "off")


def auth_mode(project: str, config: Path = CONFIG) -> str:
    """The AUTH_MODE in config/.env.PROJECT; empty where there is none."""
    return read(file_of(project, config)).get("AUTH_MODE", "")


def _mode(project: str, config: Path) -> str:
    mode = auth_mode(project, config)
    if mode not in _MODES:
        raise Problem(f"config/.env.{project} must say AUTH_MODE=open or AUTH_MODE=verified")
    return _MODES[mode]


def _raising(text: str) -> Callable[[], str]:
    def say() -> str:
        raise Problem(text)

    return say
