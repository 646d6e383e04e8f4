"""What `dev.py doctor --project` says of a project in the cloud."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from accounts import Accounts
from gcloud import Problem

CONFIG = Path(__file__).resolve().parent.parent / "config"
_AUTH_MODE = re.compile(r"^\s*(?:export\s+)?AUTH_MODE\s*=\s*[\"']?(\w*)", re.MULTILINE)
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
    yield "AUTH_MODE", lambda: _mode(config / f".env.{project}")
    try:
        sign_up = accounts.sign_up()
    except Problem as problem:
        yield "Sign-up", _raising(f"not known. {problem}")
        return
    close = f"python3 infra/cloud.py before --project {project}"
    for name, is_on, who in (
        ("Sign-up", sign_up.by_themselves, "everyone may make an account with the web API key"),
        ("Anonymous", sign_up.anonymously, "everyone may sign in without an account"),
    ):
        yield name, _raising(f"on: {who}; switch it off: {close}") if is_on else lambda: "off"


def _mode(file: Path) -> str:
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    found = _AUTH_MODE.search(text)
    if not found or found[1] not in _MODES:
        raise Problem(f"config/{file.name} must say AUTH_MODE=open or AUTH_MODE=verified")
    return _MODES[found[1]]


def _raising(text: str) -> Callable[[], str]:
    def say() -> str:
        raise Problem(text)

    return say
