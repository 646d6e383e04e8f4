"""`dev.py up` from start to end: seeded, reachable by every door, live, and gone after Ctrl-C."""

import os
import socket
import subprocess
import sys
from typing import Any

import pytest
import requests

from tests.listener import Listener
from tests.suite.running import Suite, free_ports_in_a_row
from tools.paths import ROOT, WINDOWS, groups

pytestmark = pytest.mark.suite


def sign_in(demo: dict[str, Any], name: str) -> str:
    """An ID token as the user's own app gets it from the Auth emulator."""
    url = f"http://{demo['auth']['emulator']}/identitytoolkit.googleapis.com/v1"
    user = demo["users"][name]
    answer = requests.post(
        f"{url}/accounts:signInWithPassword?key={demo['auth']['api_key']}",
        json={"email": user["email"], "password": user["password"], "returnSecureToken": True},
        timeout=30,
    )
    answer.raise_for_status()
    return str(answer.json()["idToken"])


def checkin(demo: dict[str, Any], user: str, session: dict[str, str]) -> dict[str, Any]:
    base = demo["base_url"]
    token = requests.post(f"{base}/presence/qr/generate", json=session, timeout=30).json()
    fields = {"user_id": user, "device_id": "phone", "qr_token": token["data"]["qr_token"]}
    answer = requests.post(f"{base}/presence/checkin", json={**session, **fields}, timeout=30)
    found: dict[str, Any] = answer.json()
    return found


def a_class_goes_through_every_door(demo: dict[str, Any]) -> None:
    session = {"course_id": "cloud-101", "session_id": "sesi-02"}
    assert checkin(demo, "ani", session)["data"]["status"] == "checked_in"
    query = {**session, "user_id": "ani"}
    doors = [
        (f"{demo['base_url']}/presence/status", {}),
        (f"{demo['functions']['presence']}/status", {}),
        (f"{demo['functions']['presence']}/presence/status", {}),
        (f"{demo['base_url']}/exec", {"path": "presence/status"}),
        (f"{demo['base_url']}/exec/presence/status", {}),
        (demo["functions"]["exec"], {"path": "presence/status"}),
    ]
    answers = [requests.get(url, params={**query, **more}, timeout=30) for url, more in doors]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    unknown = requests.get(f"{demo['base_url']}/presence/nothing", timeout=30)
    assert (unknown.status_code, unknown.json()["error"]) == (404, "unknown_endpoint")


def an_instructor_sees_a_checkin_happen(demo: dict[str, Any]) -> None:
    session = {"course_id": "cloud-101", "session_id": "live"}
    path = "courses/cloud-101/sessions/live/presences"
    door = (demo["firestore"]["emulator"], demo["project_id"], path)
    with Listener(*door, token=sign_in(demo, "instructor")) as listener:
        assert listener.current.wait(10)
        assert checkin(demo, "budi", session)["ok"]
        assert listener.next(within=2)["user_id"] == "budi"
    with Listener(*door, token=sign_in(demo, "student")) as listener:
        assert listener.denied.wait(10)
        assert not listener.current.is_set()


def a_student_sees_a_device_move(demo: dict[str, Any]) -> None:
    door = (demo["firestore"]["emulator"], demo["project_id"], "live/walker")
    url = f"{demo['base_url']}/telemetry/gps"
    with Listener(*door, token=sign_in(demo, "student")) as listener:
        assert listener.current.wait(10)
        for number, within in enumerate(
            (30, 2, 2)
        ):  # the first one starts the functions' processes
            point: dict[str, Any] = {"device_id": "walker", "lat": -7.25 + number, "lng": 112.75}
            assert requests.post(url, json=point, timeout=30).json()["ok"]
            assert listener.next(within)["gps"]["lat"] == -7.25 + number
    with Listener(*door, token="") as listener:
        assert listener.denied.wait(10)


def a_sensor_posts_and_its_owner_looks(demo: dict[str, Any]) -> None:
    base, device = f"{demo['base_url']}/api/v1/devices", demo["device"]
    body: dict[str, Any] = {"data": [{"type": "gempa", "value": 7}]}
    headers = {"X-API-Key": device["api_key"]}
    assert requests.post(f"{base}/data", json=body, headers=headers, timeout=30).json()["success"]
    owner = {"Authorization": f"Bearer {sign_in(demo, 'owner')}"}
    listed = requests.get(base, headers=owner, timeout=30).json()
    assert listed["count"] == 12
    for place in (device["id"], device["device_id"]):
        found = requests.get(f"{base}/{place}/statistics", headers=owner, timeout=30).json()["data"]
        assert (found["total_data"], found["last_24h"]) == (2, 2)
    stations = requests.get(f"{demo['base_url']}/api/v1/public/stations", timeout=30).json()
    assert stations["count"] == 12
    for path in ("/stations/", "/js/realtime.js", "/"):
        assert requests.get(demo["base_url"] + path, timeout=30).status_code == 200
    other = {"Authorization": f"Bearer {sign_in(demo, 'student')}"}
    assert requests.get(f"{base}/{device['id']}", headers=other, timeout=30).status_code == 404


def the_seed_is_there(demo: dict[str, Any]) -> None:
    assert set(demo) == {
        "base_url", "project_id", "functions", "auth", "firestore", "pubsub", "users", "device",
        "machine", "bucket",
    }  # fmt: skip
    assert sorted(demo["functions"]) == groups()
    assert set(demo["users"]) == {"instructor", "student", "owner", "admin"}
    student = demo["users"]["student"]
    status = requests.get(
        f"{demo['base_url']}/presence/status",
        params={"course_id": "cloud-101", "session_id": "sesi-01", "user_id": student["uid"]},
        timeout=30,
    )
    assert status.json()["data"]["status"] == "checked_in"
    for name in demo["users"]:
        assert sign_in(demo, name)


def a_student_is_forgotten(demo: dict[str, Any]) -> None:
    student = demo["users"]["student"]["uid"]
    words = ["forget", "--user", student, "--project", demo["project_id"], "--yes"]
    emulators = {
        "FIRESTORE_EMULATOR_HOST": demo["firestore"]["emulator"],
        "FIREBASE_AUTH_EMULATOR_HOST": demo["auth"]["emulator"],
    }
    done = subprocess.run(
        [sys.executable, str(ROOT / "dev.py"), *words], env={**os.environ, **emulators},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "presences" in done.stdout
    session = {"course_id": "cloud-101", "session_id": "sesi-01"}
    roster = requests.get(f"{demo['base_url']}/presence/list", params=session, timeout=30).json()
    assert student not in str(roster["data"]["items"])
    with pytest.raises(requests.HTTPError):
        sign_in(demo, "student")


def test_up_serves_until_ctrl_c_and_leaves_nothing_behind(suite: Suite) -> None:
    if suite.running:  # for tests that came before
        assert suite.stop() == 0, suite.output
    demo = suite.start()
    try:
        the_seed_is_there(demo)
        a_class_goes_through_every_door(demo)
        an_instructor_sees_a_checkin_happen(demo)
        a_student_sees_a_device_move(demo)
        a_sensor_posts_and_its_owner_looks(demo)
        a_student_is_forgotten(demo)
    finally:
        code = suite.stop()
    assert code == 0, suite.output
    assert "nothing is left running" in suite.output
    if not WINDOWS:
        assert suite.left_over() == []
    again = suite.start()  # on the same ports; it serves the tests of pages after this
    assert requests.get(f"{again['base_url']}/exec", timeout=30).json()["ok"] is True


def test_a_port_that_is_taken_is_named_with_the_way_out() -> None:
    base = free_ports_in_a_row()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", base))
        taken.listen()
        done = subprocess.run(
            [sys.executable, str(ROOT / "dev.py"), "up", "--port-base", str(base)],
            cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"{base} (hosting)" in done.stdout
    assert "--port-base" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
