"""AUTH_MODE=verified: who may do what with a Firebase ID token."""

import base64
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conftest import LOADED_PROJECT
from tests.presence.clients import Classroom, error
from tests.tokens import token

INSTRUCTOR = token("dosen", role="instructor")
STUDENT = token("ani", role="student")
_DEEP = base64.urlsafe_b64encode(b"[" * 6000).decode().rstrip("=")
NESTED = f"{_DEEP}.{_DEEP}.eHh4"  # JSON that no parser follows to its end


@pytest.fixture
def verified(classroom: Classroom, monkeypatch: pytest.MonkeyPatch) -> Classroom:
    monkeypatch.setenv("AUTH_MODE", "verified")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", LOADED_PROJECT)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")  # asked for nothing
    return classroom


def call(
    room: Classroom, method: str, path: str, bearer: str | None, **fields: str
) -> TestResponse:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    fields = {**room.session, **fields}
    place: dict[str, Any] = {"json": fields} if method == "POST" else {"query_string": fields}
    return room.client.open("/presence" + path, method=method, headers=headers, **place)


ENDPOINTS = [
    ("POST", "/qr/generate"), ("POST", "/checkin"), ("GET", "/status"), ("GET", "/list"),
    ("POST", "/qr/stop"), ("GET", "/sessions/active"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
@pytest.mark.parametrize("bearer", [None, "", "nonsense", "a.b.c", "Bearer x", NESTED])
def test_without_a_good_token_everything_is_unauthorized(
    verified: Classroom, method: str, path: str, bearer: str | None
) -> None:
    assert error(call(verified, method, path, bearer)) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/qr/generate"), ("GET", "/list"), ("POST", "/qr/stop")]
)
def test_a_student_may_not_do_what_an_instructor_may(
    verified: Classroom, method: str, path: str
) -> None:
    call(verified, "POST", "/qr/generate", INSTRUCTOR)
    assert error(call(verified, method, path, STUDENT)) == (403, "forbidden")
    assert call(verified, method, path, INSTRUCTOR).status_code == 200


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_an_account_without_a_role_of_ours_may_do_nothing(
    verified: Classroom, method: str, path: str
) -> None:
    for stranger in (token("ani"), token("ani", role="dean"), token("ani", role=None)):
        assert error(call(verified, method, path, stranger, user_id="ani")) == (403, "forbidden")


def test_a_student_checks_in_and_sees_only_themselves(verified: Classroom) -> None:
    code = call(verified, "POST", "/qr/generate", INSTRUCTOR).get_json()["data"]["qr_token"]
    fields = {"device_id": "d", "qr_token": code}
    own = call(verified, "POST", "/checkin", STUDENT, user_id="ani", **fields)
    other = call(verified, "POST", "/checkin", STUDENT, user_id="budi", **fields)
    assert own.status_code == 200
    assert error(other) == (403, "forbidden")
    seen = call(verified, "GET", "/status", STUDENT, user_id="ani").get_json()["data"]
    assert seen["status"] == "checked_in"
    assert error(call(verified, "GET", "/status", STUDENT, user_id="budi")) == (403, "forbidden")


def test_any_signed_in_user_sees_which_sessions_are_open(verified: Classroom) -> None:
    assert call(verified, "GET", "/sessions/active", STUDENT).status_code == 200


def test_open_mode_asks_nobody_and_ignores_a_bad_token(classroom: Classroom) -> None:
    assert call(classroom, "POST", "/qr/generate", "nonsense").status_code == 200


def test_a_mode_that_does_not_exist_is_not_taken_for_open(
    classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH_MODE", "Verified")
    assert error(call(classroom, "POST", "/qr/generate", None)) == (500, "internal")
