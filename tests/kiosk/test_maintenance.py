"""A PIN puts the machine into maintenance: no logins, seen by admins, over by button or idle."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.google.writes import Write
from tests.conftest import MovableClock
from tests.edge.machines import Bench
from tests.meter import Meter


@pytest.fixture
def session(bench: Bench) -> str:
    """The session of a technician who is at the machine."""
    bench.handshake()
    bench.add_pin("123456")
    return bench.technician()


def shown(bench: Bench) -> object:
    return bench.admin("GET", f"/{bench.uuid}").get_json()["data"]["maintenance"]


def command(bench: Bench, session: str) -> int:
    return bench.maintain("/command", session, command="open_door").status_code


@pytest.mark.usefixtures("session")
def test_admins_see_who_is_at_work_and_the_machine_keeps_its_own_switch(bench: Bench) -> None:
    expected = {
        "technician_name": "Dewi",
        "started_at": "2026-02-18T10:00:00Z",
        "active_until": "2026-02-18T10:15:00Z",
    }
    assert shown(bench) == expected
    (listed,) = bench.admin("GET", "").get_json()["data"]
    assert listed["maintenance"] == expected
    assert bench.live()["is_maintenance_mode"] is False
    assert bench.handshake()["policy"]["is_maintenance_mode"] is False


def test_nobody_logs_in_meanwhile(bench: Bench) -> None:
    code = bench.code()
    bench.add_pin("123456")
    bench.technician()
    for answer in (bench.claim(code), bench.draw(), bench.draw(X_Kiosk_Page=bench.proof())):
        assert (answer.status_code, answer.get_json()["error_code"]) == (
            409,
            "MACHINE_IN_MAINTENANCE",
        )
    assert bench.live()["session"] is None


def test_who_is_logged_in_when_the_pin_comes_is_logged_out(bench: Bench) -> None:
    claimed = bench.claim(bench.code()).get_json()["data"]["session_id"]
    bench.add_pin("123456")
    bench.enter("000000")
    assert bench.live()["session"]["session_id"] == claimed
    bench.technician()
    assert bench.live()["session"] is None
    assert bench.event(f"{claimed}-ended")["event"] == "SessionEndedEvent"


def test_it_ends_by_the_button_and_its_session_with_it(
    bench: Bench, session: str, clock: MovableClock
) -> None:
    clock.move(seconds=5)
    answer = bench.maintain("/end", session)
    assert (answer.status_code, answer.get_json()["data"]) == (200, {"maintenance": "ended"})
    assert shown(bench) is None
    assert bench.claim(bench.code()).status_code == 200
    bench.restart()
    for path in ("/command", "/end"):
        later = bench.maintain(path, session, command="open_door")
        assert (later.status_code, later.get_json()["error_code"]) == (401, "PIN_SESSION_INVALID")
    assert shown(bench) is None
    clock.move(seconds=1)
    assert command(bench, bench.technician()) == 200  # the PIN itself is good


def test_an_admin_ends_it_too(bench: Bench, session: str, clock: MovableClock) -> None:
    clock.move(seconds=5)
    answer = bench.admin("POST", f"/{bench.uuid}/maintenance/end")
    assert answer.get_json()["data"] == {"uuid": bench.uuid, "maintenance": "ended"}
    assert shown(bench) is None
    assert command(bench, session) == 401
    assert bench.claim(bench.code()).status_code == 200
    assert bench.admin("POST", f"/{bench.uuid}/maintenance/end").status_code == 200  # ended already


@pytest.mark.usefixtures("session")
def test_an_admin_ends_it_after_the_pin_was_revoked(bench: Bench) -> None:
    (pin,) = bench.admin("GET", f"/{bench.uuid}/pins").get_json()["data"]
    bench.admin("DELETE", f"/{bench.uuid}/pins/{pin['pin_id']}")
    assert bench.admin("POST", f"/{bench.uuid}/maintenance/end").status_code == 200
    assert shown(bench) is None
    assert bench.admin("GET", f"/{bench.uuid}/pins").get_json()["data"] == []


@pytest.mark.usefixtures("session")
def test_it_is_over_after_a_quarter_of_an_hour_without_a_command(
    bench: Bench, clock: MovableClock
) -> None:
    clock.move(minutes=15, seconds=-1)
    assert bench.draw().status_code == 409
    clock.move(seconds=1)
    assert shown(bench) is None
    assert bench.claim(bench.code()).status_code == 200


def test_each_command_makes_it_last(bench: Bench, session: str, clock: MovableClock) -> None:
    for _ in range(3):
        clock.move(minutes=14)
        assert command(bench, session) == 200
    assert shown(bench) == {
        "technician_name": "Dewi",
        "started_at": "2026-02-18T10:00:00Z",
        "active_until": "2026-02-18T10:57:00Z",
    }


def test_a_command_of_the_two_hours_begins_it_again_and_logs_out(
    bench: Bench, session: str, clock: MovableClock
) -> None:
    clock.move(minutes=20)
    claimed = bench.claim(bench.code()).get_json()["data"]["session_id"]
    clock.move(minutes=1)
    assert command(bench, session) == 200
    assert bench.live()["session"] is None
    assert bench.event(f"{claimed}-ended")["event"] == "SessionEndedEvent"
    found = shown(bench)
    assert isinstance(found, dict)
    assert found["started_at"] == "2026-02-18T10:21:00Z"
    clock.move(hours=2)
    assert command(bench, session) == 401


def test_a_command_that_is_refused_begins_nothing(bench: Bench, clock: MovableClock) -> None:
    bench.add_pin("123456", permissions=["test_led"])
    session = bench.technician()
    clock.move(minutes=16)
    assert command(bench, session) == 403
    assert shown(bench) is None


@pytest.mark.usefixtures("session")
def test_heartbeats_and_telemetry_leave_it(bench: Bench) -> None:
    bench.beat(bin_capacity=40)
    bench.handshake()
    assert shown(bench) is not None


@pytest.mark.usefixtures("session")
def test_a_new_key_ends_it(bench: Bench) -> None:
    bench.admin("POST", f"/{bench.uuid}/key")
    assert shown(bench) is None


def test_only_a_session_of_this_machine_ends_it(bench: Bench, session: str) -> None:
    other = bench.register(name="other")["uuid"]
    answer = bench.at_kiosk("POST", "/maintenance/end", uuid=other, X_PIN_Session=session)
    assert answer.status_code == 403
    assert bench.at_kiosk("POST", "/maintenance/end").status_code == 401
    assert shown(bench) is not None


def test_two_technicians_are_each_seen_when_they_act(
    bench: Bench, session: str, clock: MovableClock
) -> None:
    bench.add_pin("654321", technician_name="Budi")
    clock.move(minutes=1)
    bench.technician("654321")
    found = shown(bench)
    assert isinstance(found, dict)
    assert (found["technician_name"], found["started_at"]) == ("Budi", "2026-02-18T10:01:00Z")
    assert command(bench, session) == 200
    found = shown(bench)
    assert isinstance(found, dict)
    assert found["technician_name"] == "Dewi"


def test_a_technician_ends_no_maintenance_of_another_one(
    bench: Bench, session: str, clock: MovableClock
) -> None:
    bench.add_pin("654321", technician_name="Budi")
    clock.move(minutes=1)
    budi = bench.technician("654321")
    assert bench.maintain("/end", session).status_code == 200
    found = shown(bench)
    assert isinstance(found, dict)
    assert found["technician_name"] == "Budi"
    assert command(bench, session) == 401  # Dewi's own session is over all the same
    assert command(bench, budi) == 200
    bench.maintain("/end", budi)
    assert shown(bench) is None


def test_a_pin_that_is_revoked_ends_its_maintenance_and_no_other(
    bench: Bench, session: str
) -> None:
    other = bench.add_pin("654321", technician_name="Budi")
    assert bench.admin("DELETE", f"/{bench.uuid}/pins/{other['pin_id']}").status_code == 200
    assert shown(bench) is not None
    (own,) = bench.admin("GET", f"/{bench.uuid}/pins").get_json()["data"]
    assert bench.admin("DELETE", f"/{bench.uuid}/pins/{own['pin_id']}").status_code == 200
    assert shown(bench) is None
    assert bench.admin("DELETE", f"/{bench.uuid}/pins/{own['pin_id']}").status_code == 404
    assert command(bench, session) == 401
    assert bench.claim(bench.code()).status_code == 200


def test_a_maintenance_whose_pin_is_gone_is_ended_by_an_admin_all_the_same(
    bench: Bench, session: str
) -> None:
    (pin,) = bench.admin("GET", f"/{bench.uuid}/pins").get_json()["data"]
    path = bench.database.path("machines", bench.uuid, "pins", pin["pin_id"])
    bench.database.commit(Write.delete(path))  # as the expiry of documents deletes it
    assert command(bench, session) == 401
    assert shown(bench) is not None
    assert bench.admin("POST", f"/{bench.uuid}/maintenance/end").status_code == 200
    assert shown(bench) is None


def test_what_maintenance_costs(bench: Bench, session: str, meter: Meter) -> None:
    meter.reset()
    bench.enter("123456")
    assert meter.cost == (6, 3, 3)
    meter.reset()
    command(bench, session)
    assert meter.cost == (3, 2, 2)
    meter.reset()
    bench.maintain("/end", session)
    assert meter.cost == (3, 2, 2)


def test_a_session_that_is_ended_in_its_first_moment_is_over(bench: Bench, session: str) -> None:
    assert bench.maintain("/end", session).status_code == 200
    assert command(bench, session) == 401


def test_claims_that_race_with_the_pin_leave_nobody_logged_in(bench: Bench) -> None:
    bench.handshake()
    bench.add_pin("123456")
    codes = [bench.code() for _ in range(8)]
    with ThreadPoolExecutor(9) as pool:
        entered = pool.submit(bench.enter, "123456")
        statuses = {answer.status_code for answer in pool.map(bench.claim, codes)}
    assert statuses <= {200, 409, 503}
    if entered.result().status_code == 503:  # others kept changing the document
        bench.technician()
    assert bench.live()["session"] is None
    assert shown(bench) is not None
