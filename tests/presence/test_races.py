"""Many at once, through the production server and its threads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.server import serving


@pytest.fixture(scope="module")
def server(firestore_host: str) -> Iterator[str]:
    with serving("presence", firestore_host, project="demo-races") as url:
        yield url


def post(url: str, **fields: Any) -> requests.Response:
    return requests.post(url, json=fields, timeout=30)


def test_fifty_identical_checkins_at_once_make_one_record(server: str) -> None:
    session = {"course_id": "race", "session_id": "identical"}
    token = post(f"{server}/qr/generate", **session).json()["data"]["qr_token"]
    fields = {**session, "user_id": "ani", "device_id": "phone", "qr_token": token}
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: post(f"{server}/checkin", **fields), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    listed = requests.get(f"{server}/list", params=session, timeout=30).json()["data"]
    assert listed["total"] == 1


def test_two_hundred_users_at_once_make_two_hundred_records(server: str) -> None:
    session = {"course_id": "race", "session_id": "class"}
    token = post(f"{server}/qr/generate", **session).json()["data"]["qr_token"]

    def checkin(number: int) -> requests.Response:
        user = {"user_id": f"student-{number}", "device_id": f"phone-{number}"}
        return post(f"{server}/checkin", **session, **user, qr_token=token)

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(checkin, range(200)))
    assert {answer.status_code for answer in answers} == {200}
    listed = requests.get(f"{server}/list", params=session, timeout=30).json()["data"]
    assert listed["total"] == len(listed["items"]) == 200
    assert {flag for item in listed["items"] for flag in item["flags"]} == set()


def test_many_generates_at_once_give_different_codes_that_all_work(server: str) -> None:
    session = {"course_id": "race", "session_id": "codes"}
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post(f"{server}/qr/generate", **session), range(20)))
    tokens = {answer.json()["data"]["qr_token"] for answer in answers}
    assert len(tokens) == 20
    for number, token in enumerate(tokens):
        fields = {"user_id": f"u{number}", "device_id": "d", "qr_token": token}
        assert post(f"{server}/checkin", **session, **fields).status_code == 200
