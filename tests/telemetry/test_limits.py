"""How fast a phone, and how fast an address may send: 429, and what that costs."""

import pytest
from werkzeug.test import TestResponse

from shared.base.timestamps import from_millis, text
from tests.meter import Meter
from tests.telemetry.phones import LIMITS, Phone
from tests.topic import Topic

START = 1_771_408_800_000


@pytest.fixture(autouse=True)
def defaults(without_limits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LIMITS:
        monkeypatch.delenv(name)


def send(phone: Phone, number: int) -> TestResponse:
    return phone.point(text(from_millis(START - 1000 * number)))


def burst(phone: Phone, count: int) -> list[int]:
    """The statuses of this many POSTs at one moment."""
    return [send(phone, number).status_code for number in range(count)]


def test_a_phone_that_sends_too_fast_is_told_when_to_come_back(phone: Phone) -> None:
    assert burst(phone, 30) == [200] * 30
    refused = send(phone, 31)
    assert (refused.status_code, refused.get_json()) == (
        429, {"ok": False, "error": "too_many_requests"},
    )  # fmt: skip
    assert phone.batch(("2026-02-18T10:00:00Z", 1, 2, 3)).status_code == 429
    wait = int(refused.headers["Retry-After"])
    assert wait >= 1
    phone.clock.move(seconds=wait)
    assert burst(phone, 11) == [200] * 10 + [429]  # ten a second


def test_a_refused_post_costs_nothing(phone: Phone, meter: Meter, topic: Topic) -> None:
    burst(phone, 30)
    topic.events(30)
    meter.reset()
    assert burst(phone, 20) == [429] * 20
    assert phone.batch(("2026-02-18T10:00:00Z", 1, 2, 3)).status_code == 429
    assert meter.cost == (0, 0, 0)
    assert topic.events(0) == []


def test_a_request_that_is_no_sample_is_told_so_and_not_counted(phone: Phone) -> None:
    assert {phone.batch().status_code for _ in range(40)} == {400}
    assert burst(phone, 30) == [200] * 30


def test_a_stranger_elsewhere_does_not_use_up_a_phones_rate(phone: Phone) -> None:
    assert burst(phone.at("203.0.113.9"), 40)[-1] == 429
    assert burst(phone.at("198.51.100.7"), 30) == [200] * 30


@pytest.mark.usefixtures("verified")
def test_a_classmate_behind_the_same_router_does_not_use_up_a_phones_rate(phone: Phone) -> None:
    owner, classmate = phone.using("ani"), phone.using("budi")
    assert send(owner, 0).status_code == 200
    statuses = {send(classmate, number).status_code for number in range(40)}
    assert statuses == {403, 429}
    assert send(owner, 1).status_code == 200


def test_an_address_has_a_rate_over_all_its_phones(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEMETRY_ADDRESS_RATE", "0.5")
    monkeypatch.setenv("TELEMETRY_ADDRESS_BURST", "4")
    statuses = []
    for number in range(6):
        phone.device_id = f"dev-{number}"
        statuses.append(send(phone.at("203.0.113.9"), 0).status_code)
    assert statuses == [200] * 4 + [429] * 2
    assert send(phone.at("198.51.100.7"), 1).status_code == 200
    wait = send(phone.at("203.0.113.9"), 2).headers["Retry-After"]
    phone.clock.move(seconds=int(wait))
    assert send(phone.at("203.0.113.9"), 2).status_code == 200


def test_one_phone_that_is_refused_does_not_use_up_the_rate_of_its_class(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEMETRY_ADDRESS_BURST", "50")
    assert burst(phone, 200).count(200) == 30
    phone.device_id = "dev-2"
    assert burst(phone, 21) == [200] * 20 + [429]


def test_a_phone_is_not_charged_for_what_its_address_is_refused(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEMETRY_RATE", "0.1")
    monkeypatch.setenv("TELEMETRY_BURST", "2")
    monkeypatch.setenv("TELEMETRY_ADDRESS_RATE", "1")
    monkeypatch.setenv("TELEMETRY_ADDRESS_BURST", "1")
    assert burst(phone, 20) == [200] + [429] * 19
    phone.clock.move(seconds=1)
    assert burst(phone, 1) == [200]


@pytest.mark.parametrize("zero", ["RATE", "BURST"])
def test_zero_is_no_limit(phone: Phone, monkeypatch: pytest.MonkeyPatch, zero: str) -> None:
    monkeypatch.setenv(f"TELEMETRY_{zero}", "0")
    assert burst(phone, 60) == [200] * 60
    monkeypatch.setenv(f"TELEMETRY_ADDRESS_{zero}", "0")
    other = Phone(phone.database, phone.publisher, phone.clock)
    assert burst(other, 60) == [200] * 60


def test_reads_are_not_limited(phone: Phone) -> None:
    assert burst(phone, 31)[-1] == 429
    assert {phone.get("gps/latest").status_code for _ in range(40)} == {200}
