"""Attacks by identity, each in one place: accounts of strangers, names of others, keys of before.

All in AUTH_MODE=verified. What each endpoint answers to each identity is in docs/access.md.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.rules.bench import MISSING, WRITES, Ask, Rules
from tests.rules.world import MACHINE, OLD_MACHINE, PATHS, STRANGER, WITHOUT_ROLE, WORLD, asks
from tests.tokens import token
from tools.access.matrix import REFUSALS
from tools.access.people import ADMIN, OWNER, STUDENT, TEACHER
from tools.access.requests import Operation, Things, operations
from tools.access.world import ELSEWHERE, HOME, Headers, Machine, World, bearer, mode

DEVICES, EDGE, KIOSK = "/api/v1/devices", "/api/v1/edge", "/api/v1/kiosk"
OTHER_STUDENT = bearer("budi", "student")
# Whom Firebase signs in without us: the web API key is public.
STRANGERS = {
    "signed up": token("stranger", email="stranger@mail.test", email_verified=True),
    "anonymous": token("anonymous", firebase={"sign_in_provider": "anonymous"}),
    "with the uid of the teacher": token("dosen"),
    "with an empty role": token("dosen", role=""),
    "with a role spelt otherwise": token("dosen", role="Admin"),
    "with roles as a list": token("dosen", role=["admin", "instructor"]),
    "with the claims of a machine": token("machine-x", machine="x", generation=1),
}
LISTING = "exec_call_get"  # tells which endpoints there are, to all


@pytest.fixture(scope="module")
def world(loaded: Callable[[str], FlaskClient]) -> Iterator[World]:
    with mode("verified"):
        yield World(loaded, TEACHER, STUDENT, OWNER)


def looks_at_a_token(operation: Operation) -> bool:
    return "FirebaseIdToken" in operation.schemes and operation.id != LISTING


TOKEN_OPERATIONS = [each for each in operations() if looks_at_a_token(each)]


def status(answer: TestResponse) -> int:
    """What it says by its status; of /exec, which always answers 200, by its error."""
    if answer.request.path.startswith("/exec") and not answer.get_json()["ok"]:
        return REFUSALS[answer.get_json()["error"]]
    return answer.status_code


def test_there_are_operations_that_look_at_a_token() -> None:
    assert len(TOKEN_OPERATIONS) >= 45


@pytest.mark.parametrize("operation", TOKEN_OPERATIONS, ids=lambda each: each.row)
def test_an_account_without_a_role_may_call_nothing(world: World, operation: Operation) -> None:
    things = Things(world, operation)
    path, query, body = things.request()
    machine = {"X-Machine-UUID": things.held.machine.uuid, "X-Forwarded-For": ELSEWHERE}
    for stranger, held in STRANGERS.items():
        answer = world.client(operation.group).open(
            path,
            method=operation.method,
            query_string=query,
            json=body,
            headers={**machine, "Authorization": f"Bearer {held}"},
        )
        assert status(answer) == 403, stranger


def test_an_account_without_a_role_may_read_and_write_no_document(firestore_host: str) -> None:
    accounts = [who for who in WITHOUT_ROLE if who.role is MISSING]  # tests/rules has the others
    attempts = [ask for ask in asks() if ask.who in accounts]
    assert {ask.path for ask in attempts if ask.who is STRANGER} >= set(PATHS)
    assert {ask.how for ask in attempts if ask.who is STRANGER} >= {"get", "list", *WRITES}
    assert not any(ask.allowed for ask in attempts)
    with closing(Rules(firestore_host, WORLD)) as rules:
        assert [str(ask) for ask in rules.differing(attempts)] == []


def get(world: World, group: str, path: str, headers: Headers, **query: str) -> TestResponse:
    return world.client(group).get(f"{path}?{urlencode(query)}", headers=dict(headers))


def post(world: World, group: str, path: str, headers: Headers, **body: object) -> TestResponse:
    return world.client(group).post(path, json=body, headers=dict(headers))


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(OTHER_STUDENT, id="other student"),
        pytest.param(OWNER, id="owner"),
        pytest.param(TEACHER, id="teacher"),
        pytest.param(ADMIN, id="admin"),
    ],
)
def test_another_account_cannot_send_as_a_phone(world: World, who: Headers) -> None:
    phone = world.phone()
    for _ in range(2):  # the second time the instance knows the owner
        sent = post(world, "telemetry", "/telemetry/gps", who, **phone, lat=1, lng=1)
        assert sent.status_code == 403
    assert get(world, "telemetry", "/telemetry/gps/latest", STUDENT, **phone).get_json()["data"][
        "lat"
    ] == pytest.approx(-7.25)


def test_a_device_of_the_name_of_a_phone_learns_nothing_of_the_phone(world: World) -> None:
    phone = world.phone()
    fields = {**phone, "name": "Sensor", "public": False}
    registered = post(world, "devices", DEVICES, OWNER, **fields).get_json()["data"]
    for path in ("gps/latest", "gps/history", "accel/latest", "accel/history"):
        assert get(world, "telemetry", f"/telemetry/{path}", OWNER, **phone).status_code == 403
    shown = get(world, "devices", f"{DEVICES}/{registered['id']}", OWNER).get_json()["data"]
    assert shown["recent_data"] == []


def test_another_instructor_can_neither_read_nor_take_over_a_course(world: World) -> None:
    other, course = bearer("dosen-2", "instructor"), world.course()
    course = {name: course[name] for name in ("course_id", "session_id")}
    assert get(world, "presence", "/presence/list", other, **course).status_code == 403
    for path, more in (
        ("courses", {"name": "Mine"}),
        ("teachers", {"teacher": "dosen-2"}),
        ("qr/generate", {}),
        ("qr/stop", {}),
        ("roster", {"csv": "NIM,Nama\n1,A\n"}),
        ("mark", {"user_id": "ani", "status": "checked_in", "reason": "x"}),
    ):
        sent = post(world, "presence", f"/presence/{path}", other, **course, **more)
        assert sent.status_code == 403, path


@pytest.mark.parametrize(
    "forged",
    [
        {},
        {"X-Forwarded-For": f"{HOME}, {ELSEWHERE}"},
        {"X-Forwarded-For": ELSEWHERE, "Fastly-Client-IP": HOME},
        {"X-Forwarded-For": f"{HOME}, {ELSEWHERE}", "Fastly-Client-IP": HOME},
        {"X-Forwarded-For": ELSEWHERE, "X-Real-IP": HOME, "Forwarded": f"for={HOME}"},
        {"X-Forwarded-For": ELSEWHERE, "X-Kiosk-Page": "a.b.c"},
        {"X-Forwarded-For": ELSEWHERE, **STUDENT},
        {"X-Forwarded-For": ELSEWHERE, **ADMIN},
    ],
    ids=lambda forged: " ".join(forged),
)
def test_a_stranger_who_knows_a_machine_gets_no_login_code(world: World, forged: Headers) -> None:
    headers = {"X-Forwarded-For": ELSEWHERE, **forged, "X-Machine-UUID": world.machine().uuid}
    assert get(world, "kiosk", f"{KIOSK}/session/token", headers).status_code == 403


@pytest.fixture
def changed(loaded: Callable[[str], FlaskClient], world: World) -> tuple[World, Machine, str]:
    """A machine whose key was changed after all was made that it can make, and a code of before.

    The functions are new: an instance knows a machine for five seconds.
    """
    machine = world.machine()
    code = world.code(machine)
    path = f"{EDGE}/machines/{machine.uuid}/key"
    assert post(world, "edge", path, ADMIN).status_code == 200
    return World(loaded, TEACHER, STUDENT, OWNER), machine, code


def test_what_was_made_with_the_old_key_of_a_machine_is_over(
    changed: tuple[World, Machine, str],
) -> None:
    world, machine, code = changed
    key = {"X-RVM-API-KEY": machine.api_key, "X-Forwarded-For": HOME}
    page = {
        "X-Machine-UUID": machine.uuid, "X-Kiosk-Page": machine.proof, "X-Forwarded-For": ELSEWHERE,
    }  # fmt: skip
    link = {"expires": machine.expires, "signature": machine.signature}
    assert post(world, "edge", f"{EDGE}/heartbeat", key).status_code == 401
    assert get(world, "kiosk", f"/rvm-ui/{machine.uuid}", {}, **link).status_code == 403
    assert get(world, "kiosk", f"{KIOSK}/session/token", page).status_code == 403
    assert post(world, "kiosk", f"{KIOSK}/page/renew", page).status_code == 401
    assert post(world, "kiosk", f"{KIOSK}/session/claim", STUDENT, token=code).status_code == 410


def test_a_pin_session_ends_with_the_key_of_its_machine(
    loaded: Callable[[str], FlaskClient], world: World
) -> None:
    machine = world.machine(with_pin_session=True)
    assert post(world, "edge", f"{EDGE}/machines/{machine.uuid}/key", ADMIN).status_code == 200
    new = World(loaded, TEACHER, STUDENT, OWNER)
    headers = {"X-Machine-UUID": machine.uuid, "X-PIN-Session": machine.pin_session}
    sent = post(new, "kiosk", f"{KIOSK}/maintenance/command", headers, command="test_led")
    assert sent.status_code == 401


def test_the_rules_end_the_token_of_a_machine_with_its_key(firestore_host: str) -> None:
    with closing(Rules(firestore_host, WORLD)) as rules:
        for how, path in (("get", "rvm/m1"), ("list", "rvm/m1/events")):
            assert rules.allows(Ask(MACHINE, how, path))
            assert not rules.allows(Ask(OLD_MACHINE, how, path))


def test_verified_mode_is_what_was_tried(world: World) -> None:
    assert os.environ["AUTH_MODE"] == "verified"
    health = world.client("presence").get("/__/health").get_json()
    assert health["data"]["auth_mode"] == "verified"
