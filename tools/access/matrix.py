"""Every operation called as every identity in both modes, and who gets through."""

from collections.abc import Iterator
from dataclasses import dataclass

from werkzeug.test import TestResponse

from tools.access.people import IDENTITIES, OWNER, STUDENT, TEACHER, Identity
from tools.access.requests import Operation, Things, operations
from tools.access.world import Load, World, mode

MODES = ("open", "verified")
THROUGH = "✓"
REFUSALS = {"unauthorized": 401, "forbidden": 403}  # as /exec says it, which always answers 200


@dataclass(frozen=True)
class Cell:
    """What one caller is answered: THROUGH, or the status of the refusal."""

    operation: Operation
    identity: Identity
    mode: str
    answer: str


Matrix = list[Cell]


def matrix(load: Load) -> Matrix:
    """All cells, by operation, identity and mode."""
    rows = list(operations())
    cells: Matrix = []
    for name in MODES:
        with mode(name):
            world = World(load, TEACHER, STUDENT, OWNER)
            cells += (cell for operation in rows for cell in _row(world, operation, name))
    return cells


def _row(world: World, operation: Operation, mode: str) -> Iterator[Cell]:
    """One operation as each identity. A caller who gets through may have changed the things."""
    things = Things(world, operation)
    for identity in IDENTITIES:
        response = _called(world, operation, identity, things)
        answer = _answer(response)
        yield Cell(operation, identity, mode, answer)
        if answer == THROUGH and operation.method != "GET":
            things = Things(world, operation)


def _called(world: World, operation: Operation, identity: Identity, things: Things) -> TestResponse:
    path, query, body = things.request()
    headers = identity.sent(things.held)
    if "MachineUuid" in operation.schemes:
        headers["X-Machine-UUID"] = things.held.machine.uuid
    return world.client(operation.group).open(
        path,
        method=operation.method,
        query_string=query,
        headers=headers,
        json=body,
    )


def _answer(response: TestResponse) -> str:
    """The request is valid and its things exist, so a refusal is about who called."""
    status = response.status_code
    if response.request.path.startswith("/exec") and not response.get_json()["ok"]:
        status = REFUSALS[response.get_json()["error"]]
    if status < 300:
        return THROUGH
    assert status in (401, 403, 404), f"{response.request.path}: {status} {response.text}"
    return str(status)
