"""An admin's token, accounts in memory, a course, and a claim link that is always new."""

from contextlib import ExitStack
from datetime import UTC, datetime
from secrets import token_urlsafe

from flask.testing import FlaskClient

from shared.base.accounts import Account
from shared.domain import claims
from shared.google import accounts
from tests.conftest import LOADED_PROJECT
from tests.credentials import Credentials, set_env
from tests.people.standin import StandIn
from tests.tokens import token

SECRET = "the secret of the tests' claim links"
COURSE = "cloud-101"


def known_accounts() -> list[Account]:
    """The people whom the tests of all endpoints call as, and two more."""
    names = {
        "admin": "admin", "dosen": "instructor", "dosen-2": "instructor", "ani": "student",
        "budi": "student", "citra": "student", "siti": "owner", "tono": "owner", "made": "instructor",
        "dewi": "technician", "stranger": "",
    }  # fmt: skip
    return [
        Account(
            uid,
            f"{uid}@kampus.test",
            uid.title(),
            {"role": role} if role else {},
            is_verified=True,
        )
        for uid, role in names.items()
    ]


def claim_link() -> str:
    """The token of a link that was never used."""
    return claims.sealed(LOADED_PROJECT, SECRET, token_urlsafe(24), datetime.now(UTC))


def credentials(client: FlaskClient, keep: ExitStack) -> Credentials:
    """An admin's."""
    patch = set_env(keep, {"PEOPLE_SECRET": SECRET, "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1"})
    service = StandIn(*known_accounts())
    patch.setattr(accounts, "service", lambda: service)
    admin = {"Authorization": f"Bearer {token('admin', role='admin', email='admin@kampus.test')}"}
    known = {"uid": "citra", "course_id": COURSE, "link": claim_link()}
    return Credentials({"FirebaseIdToken": admin}, known)
