"""In verified mode a phone belongs to the account that used it first; in open mode to nobody."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.google.firestore import Database
from telemetry.routes import create_app
from telemetry.store import Store
from tests.conftest import MovableClock
from tests.meter import Meter
from tests.telemetry.phones import Phone
from tests.topic import Topic

TS = "2026-02-18T10:00:00Z"
READS = ("accel/latest", "accel/history", "gps/latest", "gps/history")


def send(phone: Phone, x: float = 1) -> tuple[int, int]:
    return phone.batch((TS, x, 0, 0)).status_code, phone.point(TS, lat=x).status_code


def owner(phone: Phone) -> Any:
    return phone.database.get(phone.database.path("telemetry", phone.device_id))


@pytest.mark.usefixtures("verified")
def test_a_phone_belongs_to_the_account_that_used_it_first(phone: Phone, topic: Topic) -> None:
    assert send(phone.using("ani")) == (200, 200)
    assert owner(phone) == {"device_id": "dev-1", "owner": "ani", "claimed_at": phone.clock()}
    for role in ("student", "instructor", "owner", "technician", "admin"):
        answers = phone.using("budi", role).batch((TS, 2, 0, 0)), phone.using("budi").point(TS, 2)
        for answer in answers:
            assert (answer.status_code, answer.get_json()["error"]) == (403, "forbidden")
    assert {event["owner"] for event in topic.events(2)} == {"ani"}
    assert send(phone.using("ani"), 3) == (200, 200)
    assert len(phone.using("ani").items("accel")) == len(phone.using("ani").items("gps")) == 2


@pytest.mark.usefixtures("verified")
@pytest.mark.parametrize("path", READS)
def test_a_track_is_read_by_its_account_and_by_instructors_and_admins(
    phone: Phone, path: str
) -> None:
    send(phone.using("ani"))
    for uid, role, status in (
        ("ani", "student", 200), ("budi", "instructor", 200), ("budi", "admin", 200),
        ("budi", "student", 403), ("budi", "owner", 403), ("budi", "technician", 403),
    ):  # fmt: skip
        assert phone.using(uid, role).get(path).status_code == status, (uid, role)


@pytest.mark.parametrize("path", READS)
def test_what_was_stored_in_open_mode_is_for_supervisors_until_somebody_owns_the_phone(
    phone: Phone, path: str, verify: Callable[[], None]
) -> None:
    assert send(phone) == (200, 200)
    verify()
    answer = phone.using("ani").get(path)
    assert (answer.status_code, answer.get_json()["error"]) == (404, "device_not_found")
    assert phone.using("budi", "instructor").get(path).status_code == 200
    send(phone.using("ani"), 2)
    assert phone.using("ani").get(path).status_code == 200


@pytest.mark.usefixtures("verified")
def test_of_two_accounts_that_race_for_a_phone_one_wins(
    database: Database, topic: Topic, clock: MovableClock
) -> None:
    for number in range(5):
        both = threading.Barrier(2)

        class Late(Store):
            """Both have looked before either of them claims."""

            def owner(self, device_id: str) -> str | None:
                found = super().owner(device_id)
                if found is None:
                    both.wait(10)  # noqa: B023  used within this round
                return found

        def race(uid: str) -> int:
            store = Late(database, topic.publisher)
            instance = Phone(database, topic.publisher, clock, f"raced-{number}")  # noqa: B023
            instance.client = create_app(lambda: store, now=clock).test_client()
            return instance.using(uid).point(TS).status_code

        with ThreadPoolExecutor(2) as pool:
            statuses = dict(zip(("ani", "budi"), pool.map(race, ("ani", "budi")), strict=True))
        assert sorted(statuses.values()) == [200, 403]
        phone = Phone(database, topic.publisher, clock, f"raced-{number}")
        assert statuses[owner(phone)["owner"]] == 200
        assert len(phone.using("x", "admin").items("gps")) == 1


@pytest.mark.usefixtures("verified")
def test_an_owner_costs_a_read_in_five_minutes_and_a_write_once(
    database: Database, topic: Topic, clock: MovableClock, meter: Meter
) -> None:
    one, other = (Phone(database, topic.publisher, clock).using("ani") for _ in range(2))
    one.batch((TS, 1, 0, 0))
    assert meter.cost == (3, 1, 3)  # nobody owned it; it is claimed; the batch and its head

    def extra(phone: Phone, second: int) -> tuple[int, int, int]:
        meter.reset()
        assert phone.batch((f"2026-02-18T10:00:{second:02}Z", 1, 0, 0)).status_code == 200
        rpcs, reads, writes = meter.cost
        return rpcs - 1, reads, writes - 2

    assert extra(one, 1) == (0, 0, 0)
    assert extra(other, 2) == (1, 1, 0)
    clock.move(minutes=4, seconds=59)
    assert extra(one, 3) == extra(other, 4) == (0, 0, 0)
    clock.move(seconds=1)
    assert extra(one, 5) == extra(other, 6) == (1, 1, 0)
    assert extra(one, 7) == (0, 0, 0)
    meter.reset()
    one.latest("accel")
    assert meter.cost == (1, 1, 0)
    meter.reset()
    one.using("citra", "instructor").latest("accel")
    assert meter.cost == (1, 1, 0)
    clock.move(minutes=6)
    meter.reset()
    one.latest("accel")
    assert meter.cost == (2, 2, 0)


@pytest.mark.usefixtures("verified")
def test_a_refused_account_is_told_without_a_read_while_the_owner_is_known(
    phone: Phone, meter: Meter, topic: Topic
) -> None:
    send(phone.using("ani"))
    topic.events(2)
    meter.reset()
    assert send(phone.using("budi")) == (403, 403)
    assert phone.using("budi").get("gps/latest").status_code == 403
    assert meter.cost == (0, 0, 0)
    assert topic.events(0) == []


@pytest.mark.usefixtures("verified")
def test_a_batch_that_is_refused_claims_no_phone(phone: Phone, meter: Meter) -> None:
    spread = [(f"2026-02-{day:02}T00:00:00Z", 0, 0, 0) for day in range(1, 27)]
    assert phone.using("ani").batch(*spread).status_code == 400
    assert phone.using("ani").batch().status_code == 400
    assert meter.cost == (0, 0, 0)


def test_in_open_mode_a_phone_has_no_owner_and_its_posts_cost_as_before(
    phone: Phone, meter: Meter, topic: Topic
) -> None:
    phone.using("ani").batch((TS, 1, 0, 0))
    phone.using("budi").batch(("2026-02-18T10:00:01Z", 2, 0, 0))
    phone.batch(("2026-02-18T10:00:02Z", 3, 0, 0))
    assert meter.cost == (3, 0, 6)
    assert [event["owner"] for event in topic.events(3)] == [None] * 3
    meter.reset()
    assert phone.latest("accel")["x"] == 3
    assert meter.cost == (1, 1, 0)
    assert owner(phone) is None
