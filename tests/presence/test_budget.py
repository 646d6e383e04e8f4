"""What each call may cost, counted at the gRPC channel: RPCs, billed reads, billed writes."""

from presence.rules import ABSENT, Mark, Session
from presence.store import Store
from tests.conftest import MovableClock
from tests.meter import Meter
from tests.presence.clients import Classroom


def test_generate_is_one_commit_of_two_writes(classroom: Classroom, meter: Meter) -> None:
    classroom.generate()
    assert meter.cost == (1, 0, 2)


def test_a_checkin_is_one_read_call_and_one_commit(classroom: Classroom, meter: Meter) -> None:
    token = classroom.generate()
    meter.reset()
    classroom.checkin(token)
    assert meter.cost == (2, 2, 1)


def test_a_repeated_checkin_reads_what_is_there_and_writes_nothing(
    classroom: Classroom, meter: Meter
) -> None:
    token = classroom.generate()
    classroom.checkin(token)
    meter.reset()
    classroom.checkin(token)
    assert meter.cost == (3, 3, 0)


def test_a_repeated_checkin_with_another_device_notes_it_by_one_more_commit(
    classroom: Classroom, meter: Meter
) -> None:
    token = classroom.generate()
    classroom.checkin(token)
    meter.reset()
    classroom.checkin(token, device_id="another")
    assert meter.cost == (4, 3, 1)


def test_a_refused_checkin_writes_nothing(
    classroom: Classroom, clock: MovableClock, meter: Meter
) -> None:
    token = classroom.generate()
    clock.move(seconds=121)
    meter.reset()
    classroom.checkin(token)
    classroom.checkin("TKN-WRONGONE")
    classroom.checkin(token, session_id="another")
    assert meter.cost == (3, 6, 0)


def test_status_is_one_read(classroom: Classroom, meter: Meter) -> None:
    classroom.status()
    assert meter.cost == (1, 1, 0)


def test_stop_is_one_write(classroom: Classroom, meter: Meter) -> None:
    classroom.post("/qr/stop")
    assert meter.cost == (1, 0, 1)


def test_the_list_is_one_query(classroom: Classroom, meter: Meter) -> None:
    token = classroom.generate()
    for user in "abc":
        classroom.checkin(token, user)
    meter.reset()
    classroom.list()
    assert meter.cost == (1, 3, 0)


def test_an_entry_by_hand_is_two_reads_and_one_commit_and_a_repeat_writes_nothing(
    classroom: Classroom, meter: Meter
) -> None:
    classroom.generate()
    store, session = Store(classroom.database), Session(**classroom.session)
    entry = Mark("ani", ABSENT, ABSENT, "ill", "dosen", "Ibu Ratna", classroom.clock())
    meter.reset()
    store.mark(session, entry)
    assert meter.cost == (3, 2, 2)
    meter.reset()
    store.mark(session, entry)
    assert meter.cost == (2, 2, 0)


def test_what_is_refused_before_the_store_costs_nothing(classroom: Classroom, meter: Meter) -> None:
    classroom.post("/checkin")
    classroom.get("/nothing")
    classroom.client.get("/__/health")
    assert meter.cost == (0, 0, 0)


def test_no_two_check_ins_write_the_same_document(classroom: Classroom, meter: Meter) -> None:
    token = classroom.generate()
    meter.reset()
    for user in "abcde":
        classroom.checkin(token, user)
    assert max(meter.written.values()) == 1
