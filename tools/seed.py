"""Creates the demo users, a course, stations and a machine in a running suite, by its API."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from typing import Any

from tools.paths import PROJECT

UNAVAILABLE = 503
PAUSES = (1, 2, 4)  # seconds between attempts

API_KEY = "demo-simpul"  # the Auth emulator accepts any
PASSWORD = "simpul-demo"  # noqa: S105  of accounts that exist in the emulator only
COURSE, SESSION = "cloud-101", "sesi-01"
COURSE_NAME = "Komputasi Awan"

# The course's roster, as an instructor's file has it. Only the first student has an account yet.
ROSTER = """NIM,Nama,Email
20230001,Budi Santoso,student@simpul.test
20230002,Ani Lestari,ani.lestari@simpul.test
20230003,Citra Dewi,citra.dewi@simpul.test
20230004,Dimas Nugroho,dimas.nugroho@simpul.test
20230005,Eka Putri,eka.putri@simpul.test
20230006,Farhan Hakim,farhan.hakim@simpul.test
20230007,Gita Maharani,gita.maharani@simpul.test
20230008,Hendra Wijaya,hendra.wijaya@simpul.test
20230009,Intan Permata,intan.permata@simpul.test
20230010,Joko Susilo,joko.susilo@simpul.test
20230011,Kartika Sari,kartika.sari@simpul.test
20230012,Lukman Arif,lukman.arif@simpul.test
"""

PIN = "246810"
HARDWARE = {"hardware_id": "RVM-0001"}

# Stations of the demo network: a city with its position, and a first reading.
STATIONS = (
    ("SENSOR-001", "Jakarta", -6.2088, 106.8456, "gempa", {"intensitas": 250, "magnitude": 5.2}),
    ("SENSOR-002", "Bandung", -6.9175, 107.6191, "vibration", {"x": 5.2, "y": 3.1, "z": 2.8}),
    ("SENSOR-003", "Yogyakarta", -7.7956, 110.3695, "gempa", {"magnitude": 3.4, "kedalaman": 12}),
    ("SENSOR-004", "Surabaya", -7.2575, 112.7521, "temperature", 33.5),
    ("SENSOR-005", "Denpasar", -8.6705, 115.2126, "humidity", 81),
    ("SENSOR-006", "Mataram", -8.5833, 116.1167, "acceleration", {"x": 0.1, "y": 0.2, "z": 9.8}),
    ("SENSOR-007", "Makassar", -5.1477, 119.4327, "pressure", 1009.4),
    ("SENSOR-008", "Palu", -0.9003, 119.8779, "gempa", 180),
    ("SENSOR-009", "Manado", 1.4748, 124.8421, "frequency", 50.02),
    ("SENSOR-010", "Ambon", -3.6954, 128.1814, "vibration", 0.42),
    ("SENSOR-011", "Padang", -0.9471, 100.4172, "gempa", {"intensitas": 90, "magnitude": 4.1}),
    ("SENSOR-012", "Banda Aceh", 5.5483, 95.3238, "custom", {"sea_level": 1.24}),
)


@dataclass(frozen=True)
class User:
    """A demo login. A student's uid is the user id that they check in with."""

    uid: str
    email: str
    password: str
    name: str
    role: str


USERS = {
    "instructor": User("dosen-01", "instructor@simpul.test", PASSWORD, "Ibu Ratna", "instructor"),
    "student": User("20230001", "student@simpul.test", PASSWORD, "Budi Santoso", "student"),
    "owner": User("owner-01", "owner@simpul.test", PASSWORD, "Sari Wijaya", "owner"),
    "admin": User("admin-01", "admin@simpul.test", PASSWORD, "Agus Pratama", "admin"),
}


def seed(base_url: str, auth_host: str) -> dict[str, Any]:
    """Creates the demo users, a course with a roster and a check-in, stations and a machine.

    Returns their entries of demo.json: `users`, the first station as `device`, and `machine`.
    """
    for user in USERS.values():
        _create_user(auth_host, user)
    session = {"course_id": COURSE, "session_id": SESSION}
    instructor = id_token(auth_host, USERS["instructor"])
    course = {"course_id": COURSE}
    call(f"{base_url}/presence/courses", {**course, "name": COURSE_NAME}, instructor)
    call(f"{base_url}/presence/roster", {**course, "csv": ROSTER}, instructor)
    token = call(f"{base_url}/presence/qr/generate", session, instructor)["data"]["qr_token"]
    checkin = {"user_id": USERS["student"].uid, "device_id": "demo-phone", "qr_token": token}
    call(
        f"{base_url}/presence/checkin",
        {**session, **checkin},
        id_token(auth_host, USERS["student"]),
    )
    users = {
        key: {name: asdict(user)[name] for name in ("uid", "email", "password")}
        for key, user in USERS.items()
    }
    return {
        "users": users,
        "device": _stations(base_url, id_token(auth_host, USERS["owner"])),
        "machine": _machine(base_url, id_token(auth_host, USERS["admin"])),
    }


def _machine(base_url: str, admin: str) -> dict[str, Any]:
    """Registers a kiosk machine and its technician, and sends the machine's first requests."""
    url = f"{base_url}/api/v1/edge"
    fields = {"name": "RVM Perpustakaan", "place": "Lobi Perpustakaan Pusat", **HARDWARE}
    machine = call(f"{url}/machines", fields, admin)["data"]
    technician = {"technician_name": "Dewi Lestari", "pin": PIN, "expires_in_hours": 24 * 30}
    call(f"{url}/machines/{machine['uuid']}/pins", technician, admin)
    report = {**HARDWARE, "ip_local": "192.168.1.20", "firmware_version": "2.4.1"}
    started = call(f"{url}/handshake", report, api_key=machine["api_key"])["data"]
    call(f"{url}/heartbeat", {"bin_capacity": 42}, api_key=machine["api_key"])
    return {
        **{name: machine[name] for name in ("uuid", "hardware_id", "api_key")},
        "pin": PIN,
        "kiosk_url": started["kiosk_url"],
    }


def _stations(base_url: str, owner: str) -> dict[str, Any]:
    """Registers the stations and posts a first reading of each. Returns the first one."""
    url, devices = f"{base_url}/api/v1/devices", []
    for device_id, city, latitude, longitude, kind, value in STATIONS:
        registration = {
            "device_id": device_id,
            "name": f"Stasiun {city}",
            "firmware_version": "1.0.0",
            "metadata": {"location": city, "latitude": latitude, "longitude": longitude},
            "capabilities": [kind],
        }
        device = call(url, registration, owner)["data"]
        reading = {"type": kind, "value": value}
        call(f"{url}/data", {"data": [reading]}, api_key=device["api_key"])
        devices.append({name: device[name] for name in ("id", "device_id", "api_key")})
    return devices[0]


def id_token(auth_host: str, user: User) -> str:
    """A Firebase ID token, as the user's own app would get it."""
    url = f"http://{auth_host}/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword"
    answer = call(
        f"{url}?key={API_KEY}",
        {"email": user.email, "password": user.password, "returnSecureToken": True},
    )
    return str(answer["idToken"])


def call(url: str, body: dict[str, Any], bearer: str = "", api_key: str = "") -> dict[str, Any]:
    """The JSON answer to a POST. Raises HTTPError unless the answer says success."""
    headers = {"Content-Type": "application/json", **({"X-API-Key": api_key} if api_key else {})}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    for pause in PAUSES:
        try:
            return _answer(request)
        except urllib.error.HTTPError as error:
            if error.code != UNAVAILABLE:
                raise
            time.sleep(
                pause
            )  # the first calls start the functions, which takes long on a busy machine
    return _answer(request)


def _answer(request: urllib.request.Request) -> dict[str, Any]:
    with urllib.request.urlopen(request, timeout=60) as answer:
        parsed: dict[str, Any] = json.load(answer)
    return parsed


def _create_user(auth_host: str, user: User) -> None:
    base = f"http://{auth_host}/identitytoolkit.googleapis.com/v1/projects/{PROJECT}"
    account = {
        "localId": user.uid,
        "email": user.email,
        "password": user.password,
        "displayName": user.name,
        "emailVerified": True,
    }
    call(f"{base}/accounts", account, "owner")
    claims = json.dumps({"role": user.role})
    call(f"{base}/accounts:update", {"localId": user.uid, "customAttributes": claims}, "owner")
