"""A valid request for each operation, about things that exist."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from tools.access.people import Held
from tools.access.world import PIN, World
from tools.api.document import FILE
from tools.console import Problem


@dataclass(frozen=True)
class Operation:
    """One operation of the API's document; `about` says what a variant of it is about."""

    method: str
    path: str
    described: dict[str, Any]
    about: str = ""

    @property
    def id(self) -> str:
        """Its name in the document."""
        return str(self.described["operationId"])

    @property
    def group(self) -> str:
        """The group that serves it."""
        return str(self.described["tags"][0])

    @property
    def schemes(self) -> set[str]:
        """What callers may show there: the names of the document's security schemes."""
        return {name for alternative in self.described["security"] for name in alternative}

    @property
    def row(self) -> str:
        """How a table names it."""
        return f"`{self.method} {self.path}`" + (f" {self.about}" if self.about else "")


# A second request to an operation, where it matters what the request is about.
VARIANTS = {
    "presence_course": "of a new course",
    "presence_generate": "of a new course",
    "stations_details": "of a private device",
}


def operations() -> Iterator[Operation]:
    """All of the API's document, in its order."""
    document = json.loads(FILE.read_text("utf-8"))
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            operation = Operation(method.upper(), path, described)
            yield operation
            if about := VARIANTS.get(operation.id):
                yield Operation(method.upper(), path, described, about)


class Things:
    """What one request is about. Each is made when it is needed."""

    def __init__(self, world: World, operation: Operation) -> None:
        self._world, self._operation = world, operation

    @cached_property
    def held(self) -> Held:
        """What callers hold keys of, also where the request is about something else."""
        world, operation = self._world, self._operation
        device, machine = world.any_device, world.any_machine
        if operation.group in ("devices", "stations"):
            device = world.device(public=operation.about != "of a private device")
        elif operation.group in ("edge", "kiosk"):
            machine = world.machine("PinSession" in operation.schemes)
            if operation.id == "kiosk_end":
                world.log_in(machine)
        return Held(device, machine, world.any_machine)

    @cached_property
    def known(self) -> dict[str, str]:
        """The values of fields and path parameters, by name."""
        world, group, held = self._world, self._operation.group, self.held
        match group:
            case "presence" | "exec":
                known = world.course()
                if self._operation.about == "of a new course":
                    known["course_id"] = world.name("new")
                return known
            case "telemetry":
                return world.phone()
            case "people":
                return world.person(has_admin=self._operation.id != "people_claim")
            case "devices" | "stations":
                return {"place": held.device.number, "device_id": world.name("SENSOR")}
            case "edge" | "kiosk":
                machine = held.machine
                takes_code = "session/claim" in self._path or "session/look" in self._path
                return {
                    "place": machine.uuid,
                    "uuid": machine.uuid,
                    "expires": machine.expires,
                    "signature": machine.signature,
                    "command_id": machine.command_id,
                    "pin_id": machine.pin_id,
                    "pin": PIN,
                    "name": "kiosk.css",
                    **({"token": world.code(machine)} if takes_code else {}),
                }
        return {}

    @property
    def _path(self) -> str:
        return self._operation.path

    def request(self) -> tuple[str, dict[str, str], dict[str, Any] | None]:
        """Path, query and body."""
        operation, known = self._operation, self.known
        if operation.group == "exec":
            return self._named_path()
        path, query = operation.path, {}
        for parameter in operation.described.get("parameters", []):
            name = parameter["name"]
            if not parameter.get("required"):
                continue
            if name not in known:
                raise Problem(f"Things.known of {__file__} lacks {name}, of {operation.row}")
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", quote(known[name], safe=""))
            else:
                query[name] = known[name]
        return path, query, self._body()

    def _body(self) -> dict[str, Any] | None:
        """The example of the document, about things that exist."""
        described = self._operation.described.get("requestBody")
        if described is None:
            return None
        example: dict[str, Any] = described["content"]["application/json"].get("example", {})
        return {name: self.known.get(name, value) for name, value in example.items()}

    def _named_path(self) -> tuple[str, dict[str, str], dict[str, Any] | None]:
        """/exec: one path for each of its ways; without any, the list of what can be called."""
        session = {name: self.known[name] for name in ("course_id", "session_id")}
        if self._operation.method == "POST":
            named = "presence/qr/generate"
            if "{path}" in self._path:
                return f"/exec/{named}", {}, session
            return "/exec", {}, {"path": named, **session}
        if "{path}" in self._path:
            return "/exec/presence/status", {**session, "user_id": "ani"}, None
        return "/exec", {}, None
