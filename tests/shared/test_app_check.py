"""App Check: off and free by default; switched on, no request without an attested app."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import firebase_admin.app_check
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask.testing import FlaskClient
from google.auth.credentials import AnonymousCredentials

import exec.routes
import presence.routes
import telemetry.routes
from shared.base.errors import AppCheckRequired
from shared.web import auth
from shared.web.app import HEALTH_PATH, Api
from shared.web.app_check import HEADER, attested
from shared.web.envelopes import OkEnvelope
from tools.api.groups import operations
from tools.api.refusals import refusals

REFUSED = (401, {"ok": False, "error": "app_check_required"})


def no_store() -> Any:
    raise AssertionError("the store is opened: the request was let in")


def clients() -> dict[str, FlaskClient]:
    mounts = exec.routes.mounts(presence, telemetry)
    return {
        "presence": presence.routes.create_app(no_store).test_client(),
        "telemetry": telemetry.routes.create_app(no_store).test_client(),
        "exec": exec.routes.create_app(*mounts).test_client(),
    }


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """App Check is on, and Google knows the token `good` only. The tokens that were verified."""
    seen: list[str] = []

    def verify(token: str, app: object) -> dict[str, Any]:
        seen.append(token)
        if token == "good":
            return {"app_id": "1:2:web:3"}
        if token == "no network":
            raise jwt.PyJWKClientConnectionError("no route")
        if token == "unknown key":
            raise jwt.PyJWKClientError("no such key")
        raise ValueError("not a token of this project")

    monkeypatch.setenv("APP_CHECK", "on")
    monkeypatch.setattr(auth, "firebase_app", lambda: None)  # the real one is made once a process
    monkeypatch.setattr(firebase_admin.app_check, "verify_token", verify)
    return seen


@pytest.fixture
def sample(verified: list[str]) -> FlaskClient:
    return a_sample()


def a_sample() -> FlaskClient:
    app = attested(Api("sample", "/sample", OkEnvelope()))
    app.add_url_rule("/thing", view_func=lambda: {"ok": True}, methods=["GET", "POST"])
    return app.test_client()


def test_off_is_the_default_and_nothing_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APP_CHECK", raising=False)
    monkeypatch.setattr(firebase_admin.app_check, "verify_token", None)
    for client in clients().values():
        assert client.post("/presence/checkin", json={}).get_json()["error"] != REFUSED[1]["error"]
        assert "app_check_site_key" not in client.get(HEALTH_PATH).get_json()["data"]


@pytest.mark.parametrize(
    ("client", "path"),
    [
        ("presence", "/presence/checkin"),
        ("presence", "/checkin"),
        ("presence", "/presence/roster"),
        ("presence", "/no/such/path"),
        ("telemetry", "/telemetry/gps"),
    ],
)
def test_without_a_token_a_request_is_refused_before_it_is_read(
    verified: list[str], client: str, path: str
) -> None:
    for send in (clients()[client].post, clients()[client].get):
        answer = send(path, data="not JSON")
        assert (answer.status_code, answer.get_json()) == REFUSED
    assert verified == []


@pytest.mark.parametrize(
    "path", ["?path=presence/checkin", "/telemetry/gps", "", "?path=__/health"]
)
def test_no_way_through_exec_goes_around_it(verified: list[str], path: str) -> None:
    answer = clients()["exec"].post(f"/exec{path}", json={"path": "presence/checkin"})
    assert (answer.status_code, answer.get_json()) == (200, REFUSED[1])


def test_a_good_token_is_verified_once_a_request(sample: FlaskClient, verified: list[str]) -> None:
    assert sample.get("/sample/thing", headers={HEADER: "good"}).status_code == 200
    assert verified == ["good"]


@pytest.mark.parametrize("token", ["forged", "unknown key"])
def test_a_bad_token_is_refused(sample: FlaskClient, token: str) -> None:
    answer = sample.post("/sample/thing", headers={HEADER: token})
    assert (answer.status_code, answer.get_json()) == REFUSED


def test_without_googles_keys_the_caller_is_to_try_again(sample: FlaskClient) -> None:
    answer = sample.get("/sample/thing", headers={HEADER: "no network"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_a_preflight_and_health_need_no_token_and_health_names_the_site_key(
    sample: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_CHECK_SITE_KEY", "6Lxyz")
    asked = {"Access-Control-Request-Headers": HEADER, "Access-Control-Request-Method": "POST"}
    preflight = sample.options("/sample/thing", headers=asked)
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Headers"]) == (
        200,
        HEADER,
    )
    told = sample.get("/sample/__/health").get_json()["data"]
    assert told["app_check_site_key"] == "6Lxyz"


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """The status of a request with a token that a key of ours has signed, for the SDK itself."""
    monkeypatch.setenv("APP_CHECK", "on")
    nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]  # to verify needs no account
    project = {"projectId": "demo-app-check"}
    sdk = firebase_admin.initialize_app(nobody, project, name="app-check")
    monkeypatch.setattr(auth, "firebase_app", lambda: sdk)
    client = a_sample()
    ours, other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in "ab")
    key = jwt.PyJWK.from_json(jwt.algorithms.RSAAlgorithm.to_jwk(ours.public_key()))
    monkeypatch.setattr(jwt.PyJWKClient, "get_signing_key_from_jwt", lambda self, token: key)

    def send(forged: bool = False, **claims: Any) -> int:
        good = {
            "iss": "https://firebaseappcheck.googleapis.com/123",
            "aud": ["projects/demo-app-check"],
            "sub": "1:2:web:3",
            "exp": int(time.time()) + 60,
        }
        token = jwt.encode(good | claims, other if forged else ours, "RS256")
        return client.get("/sample/thing", headers={HEADER: token}).status_code

    yield send
    firebase_admin.delete_app(sdk)


def test_the_sdk_accepts_this_projects_tokens_only(signed: Callable[..., int]) -> None:
    assert signed() == 200
    assert signed(forged=True) == 401
    assert signed(aud=["projects/other"]) == 401
    assert signed(iss="https://securetoken.google.com/demo") == 401
    assert signed(exp=int(time.time()) - 1) == 401


def test_the_document_names_the_refusal_where_it_can_happen_and_nowhere_else() -> None:
    code = AppCheckRequired.code
    by_group: dict[str, set[bool]] = {}
    for operation in operations():
        if not operation.description.one_status:
            named = any(code in each.response["description"] for each in refusals(operation))
            by_group.setdefault(operation.group, set()).add(named)
    attested_groups = {group for group, named in by_group.items() if named == {True}}
    assert attested_groups == {"presence", "telemetry"}
    assert all(len(named) == 1 for named in by_group.values())
