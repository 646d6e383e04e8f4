"""What the matrix calls: the functions, and things of one course, one owner and one machine."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.credentials import QUICK
from tests.edge.credentials import bucket_settings
from tests.people.credentials import SECRET, claim_link, known_accounts
from tests.people.standin import StandIn
from tests.presence.credentials import Teachers
from tests.tokens import token

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"  # the machine's network, and another one
PIN = "123456"
MANY = "999999"
SETTINGS = {
    "DEVICE_KEY_SECRET": "a secret of the tests, long enough to be one",
    "KIOSK_KEYS": "the key of the tests and long enough to be one",
    "PIN_SECRET": "the secret of the tests' PINs, long enough",
    "PEOPLE_SECRET": SECRET,
    "PUBLIC_URL": "https://simpul.test",
    "WEB_API_KEY": "web-key",
    "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1",  # never called
    "MODEL_SECRET_KEY": "demo-secret",
    "DEVICES_PER_OWNER": MANY,
    **dict.fromkeys(("DEVICE_RATE", "DEVICE_BURST", "TELEMETRY_RATE", "TELEMETRY_BURST"), MANY),
    **dict.fromkeys(("TELEMETRY_ADDRESS_RATE", "TELEMETRY_ADDRESS_BURST"), MANY),
}

PEOPLE = StandIn()  # the account service of the group `people`

Load = Callable[[str], FlaskClient]
Headers = Mapping[str, str]


@contextmanager
def mode(name: str) -> Iterator[None]:
    """Runs the functions in this AUTH_MODE, with what else they need."""
    env = {**SETTINGS, **bucket_settings(), "AUTH_MODE": name}
    with (
        patch.dict(os.environ, env),
        patch("shared.domain.pins._COST", QUICK),
        patch("shared.google.accounts.directory", Teachers),
        patch("shared.google.accounts.service", lambda: PEOPLE),
        patch("people.claiming.MAKING", timedelta(0)),  # one claim after the other
    ):
        yield


def bearer(uid: str, role: str = "", **claims: object) -> dict[str, str]:
    """The header of a signed-in user; without a role of one who has only signed up."""
    return {"Authorization": f"Bearer {token(uid, **({'role': role} if role else {}), **claims)}"}


@dataclass(frozen=True)
class Device:
    """A registered device."""

    number: str
    api_key: str


@dataclass(frozen=True)
class Machine:
    """A machine that has started, and its page."""

    uuid: str
    api_key: str
    expires: str
    signature: str
    proof: str
    command_id: str
    pin_id: str
    pin_session: str = ""


class World:
    """The functions in one mode. Each thing that it makes is new."""

    def __init__(self, load: Load, teacher: Headers, student: Headers, owner: Headers) -> None:
        self._load = load
        self._clients: dict[str, FlaskClient] = {}
        self._teacher, self._student, self._owner = teacher, student, owner
        self._admin = bearer("admin", "admin")

    def client(self, group: str) -> FlaskClient:
        """A client of a group's function, which is loaded once."""
        if group not in self._clients:
            self._clients[group] = self._load(group)
        return self._clients[group]

    def name(self, kind: str) -> str:
        """A name that nothing has yet."""
        return f"{kind}-{uuid4().hex}"

    def course(self) -> dict[str, str]:
        """A course of the teacher and of another one, with an open session and its code."""
        course, session = self.name("cloud"), "sesi-02"
        self._made("presence", "/presence/courses", self._teacher, course_id=course, name="Awan")
        names = {"course_id": course, "session_id": session}
        other = {"teacher": "dosen-3"}
        self._made("presence", "/presence/teachers", self._teacher, course_id=course, **other)
        made = self._made("presence", "/presence/qr/generate", self._teacher, **names)
        return {**names, **other, "qr_token": made["qr_token"], "user_id": "ani"}

    def phone(self) -> dict[str, str]:
        """A phone that the student has used first."""
        phone = self.name("phone")
        place = {"lat": -7.25, "lng": 112.75}
        samples = [{"x": 0.1, "y": 0.2, "z": 9.8}]
        self._made("telemetry", "/telemetry/gps", self._student, device_id=phone, **place)
        self._made("telemetry", "/telemetry/accel", self._student, device_id=phone, samples=samples)
        return {"device_id": phone}

    def person(self, has_admin: bool = True) -> dict[str, str]:
        """A student on the roster of a course of the teacher; the accounts are as at the start."""
        accounts = {account.uid: account for account in known_accounts()}
        if not has_admin:
            accounts["admin"] = replace(accounts["admin"], claims={})
        PEOPLE.kept = accounts
        course, email = self.course()["course_id"], accounts["citra"].email
        csv = f"NIM,Nama,Email\ncitra,Citra,{email}\n"
        self._made("presence", "/presence/roster", self._teacher, course_id=course, csv=csv)
        return {
            "course_id": course,
            "uid": "citra",
            "user_id": self.name("nim"),
            "email": f"{self.name('x')}@kampus.test",
            "link": claim_link(),
        }

    def device(self, public: bool = True) -> Device:
        """A device of the owner, which has sent something."""
        fields = {"device_id": self.name("SENSOR"), "name": "Sensor", "public": public}
        made = self._made("devices", "/api/v1/devices", self._owner, **fields)
        return Device(str(made["id"]), made["api_key"])

    @cached_property
    def any_device(self) -> Device:
        """A device that no request is about."""
        return self.device()

    @cached_property
    def any_machine(self) -> Machine:
        """A machine that no request is about."""
        return self.machine()

    def machine(self, with_pin_session: bool = False) -> Machine:
        """A machine that has started in its network, with a command and a technician's PIN."""
        url = "/api/v1/edge/machines"
        made = self._made("edge", url, self._admin, name="RVM")
        uuid, key = made["uuid"], made["api_key"]
        at_machine = {"X-RVM-API-KEY": key, "X-Forwarded-For": HOME}
        hardware = self.name("RVM")
        started = self._made("edge", "/api/v1/edge/handshake", at_machine, hardware_id=hardware)
        link = urlsplit(started["kiosk_url"])
        page = self.client("kiosk").get(f"{link.path}?{link.query}").text
        (proof,) = re.findall(r'data-proof="([^"]+)"', page)
        signed = parse_qs(link.query)
        url += f"/{uuid}"
        sent = self._made("edge", f"{url}/commands", self._admin, command="test_led")
        pin = self._made("edge", f"{url}/pins", self._admin, technician_name="Dewi", pin=PIN)
        machine = Machine(
            uuid,
            key,
            signed["expires"][0],
            signed["signature"][0],
            proof,
            sent["request_id"],
            pin["pin_id"],
        )
        return replace(machine, pin_session=self._begun(machine)) if with_pin_session else machine

    def code(self, machine: Machine) -> str:
        """A login code, drawn by the machine's page."""
        headers = {"X-Machine-UUID": machine.uuid, "X-Kiosk-Page": machine.proof}
        made = self.client("kiosk").get("/api/v1/kiosk/session/token", headers=headers)
        return str(_data(made)["token"])

    def log_in(self, machine: Machine) -> None:
        """Lets the student log in at a machine."""
        path, code = "/api/v1/kiosk/session/claim", self.code(machine)
        self._made("kiosk", path, self._student, token=code)

    def _begun(self, machine: Machine) -> str:
        headers = {"X-Machine-UUID": machine.uuid, "X-Kiosk-Page": machine.proof}
        made = self._made("kiosk", "/api/v1/kiosk/auth/pin", headers, pin=PIN)
        return str(made["session_token"])

    def _made(self, group: str, path: str, headers: Headers, **fields: Any) -> dict[str, Any]:
        return _data(self.client(group).post(path, json=fields, headers=dict(headers)))


def _data(response: TestResponse) -> dict[str, Any]:
    assert response.status_code < 300, f"{response.request.path}: {response.text}"
    data: dict[str, Any] = response.get_json()["data"]
    return data
