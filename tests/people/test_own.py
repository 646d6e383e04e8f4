"""What is stored of a person: shown, given as documents, and asked to be deleted."""

import json
from collections import Counter
from typing import Any

import pytest

from people import own
from people.rules import Position
from presence.rules import Mark, Session
from presence.store import Store as Presence
from shared.domain import rosters
from shared.google.firestore import Database
from shared.google.writes import Write
from tests.conftest import MovableClock
from tests.devices.sensors import Sensor, reading
from tests.meter import Meter
from tests.people.school import ADMIN, ANI, BUDI, MADE, RATNA, School, bearer, error
from tests.presence.clients import Classroom
from tests.telemetry.phones import Phone
from tests.tokens import token
from tests.topic import Topic


@pytest.fixture
def lived(school: School, database: Database, clock: MovableClock, topic: Topic) -> School:
    """Ani and Budi came twice, each with a phone that belongs to them and a device."""
    school.roster("NIM,Nama,Email\n1001,Ani,ani@kampus.test\n1002,Budi,budi@kampus.test\n")
    room = Classroom(database, clock)
    for session in ("sesi-01", "sesi-02"):
        room.session["session_id"] = session
        code = room.generate()
        for who in (ANI, BUDI):
            room.checkin(code, who.uid, device_id=f"phone/of {who.name}")
    presence = Presence(database)
    mark = Mark(ANI.uid, "absent", "checked_in", "left early", "dosen", "Ibu Ratna", clock())
    presence.mark(Session("cloud-101", "sesi-02"), mark)
    for who in (ANI, BUDI):
        name = f"phone/of {who.name}"
        phone = Phone(database, topic.publisher, clock, name)
        phone.batch(("2026-02-18T10:00:00Z", 1, 2, 3), ("2026-02-18T10:00:01Z", 4, 5, 6))
        phone.point("2026-02-18T10:00:00Z")
        claim = {"device_id": name, "owner": who.uid, "claimed_at": clock()}
        database.commit(Write.set(database.path("telemetry", name), claim))
    return school


def everything(school: School, who: str) -> list[dict[str, Any]]:
    """All documents that a person gets, of as many pages as there are."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(100):
        answer = school.get("/me/data", who, cursor=cursor)
        assert answer.status_code == 200, answer.text
        data = answer.get_json()["data"]
        items += data["items"]
        cursor = data["next"]
        if cursor is None:
            return items
    raise AssertionError("it has no end")


def test_what_do_you_keep_of_me(lived: School) -> None:
    data = lived.get("/me", ANI).get_json()["data"]
    assert data["account"] == {
        "uid": "1001", "email": "ani@kampus.test", "name": "Ani", "role": "student",
        "providers": data["account"]["providers"], "made_at": data["account"]["made_at"],
        "signed_in_at": None,
    }  # fmt: skip
    assert data["courses"] == {"attended": ["cloud-101"], "taught": []}
    assert [(item["session_id"], item["status"]) for item in data["checkins"]["items"]] == [
        ("sesi-01", "checked_in"), ("sesi-02", "absent"),
    ]  # fmt: skip
    assert data["entries_by_hand"] == 1
    moment = {"first": "2026-02-18T10:00:00Z", "last": "2026-02-18T10:00:00Z"}
    samples = {"first": "2026-02-18T10:00:01Z", "last": "2026-02-18T10:00:01Z"}  # of each batch
    assert data["phones"] == [
        {"device_id": "phone/of Ani", "samples": samples, "points": moment},
    ]
    assert data["devices"] == []
    assert data["forget"] is None


def test_an_instructor_sees_what_they_teach(lived: School) -> None:
    data = lived.get("/me", RATNA).get_json()["data"]
    assert data["courses"] == {"attended": [], "taught": ["cloud-101"]}


def test_give_it_to_me(lived: School) -> None:
    items = everything(lived, bearer(ANI))
    kinds = [item["path"].split("/")[-2] if "/" in item["path"] else item["path"] for item in items]
    assert kinds == [
        "account", "rosters", "presences", "presences", "marks", "telemetry", "accel", "gps",
    ]  # fmt: skip
    (samples,) = (item["data"]["samples"] for item in items if "/accel/" in item["path"])
    assert [row[1:] for row in samples] == [[1, 2, 3], [4, 5, 6]]
    (points,) = (item["data"]["points"] for item in items if "/gps/" in item["path"])
    assert points[0]["ts"] == "2026-02-18T10:00:00Z"
    assert json.dumps(items)


def test_who_entered_something_by_hand_is_that_persons_data(lived: School) -> None:
    items = everything(lived, bearer(ANI))
    (mark,) = (item["data"] for item in items if "/marks/" in item["path"])
    assert not {"by", "by_name"} & mark.keys()
    assert (mark["status"], mark["reason"]) == ("absent", "left early")
    assert mark["at"] == "2026-02-18T10:00:00Z"
    assert "Ratna" not in json.dumps(items)


@pytest.fixture
def shared(school: School, database: Database, clock: MovableClock, topic: Topic) -> Phone:
    """A phone that Budi used until 10:00 and that is Ani's from 10:05 on."""
    phone = Phone(database, topic.publisher, clock, "hp-budi")
    phone.batch(("2026-02-18T08:00:00Z", 1, 2, 3))
    phone.batch(("2026-02-18T09:59:00Z", 1, 2, 3))
    phone.batch(("2026-02-18T10:04:00Z", 1, 2, 3), ("2026-02-18T10:05:00Z", 4, 5, 6))  # ahead
    phone.point("2026-02-18T08:00:00Z")
    phone.point("2026-02-18T10:00:00Z")
    clock.move(minutes=5)
    claim = {"device_id": "hp-budi", "owner": ANI.uid, "claimed_at": clock()}
    database.commit(Write.set(database.path("telemetry", "hp-budi"), claim))
    return phone


def below_phones(school: School) -> list[dict[str, Any]]:
    """What Ani gets of the samples and points of phones."""
    items = everything(school, bearer(ANI))
    return [item["data"] for item in items if {"accel", "gps"} & set(item["path"].split("/"))]


def test_of_a_phone_a_person_gets_nothing_from_before_it_was_theirs(
    school: School, shared: Phone
) -> None:
    assert below_phones(school) == []
    (shown,) = school.get("/me", ANI).get_json()["data"]["phones"]
    assert shown["points"] is None
    assert "10:04" not in json.dumps(shown)
    assert "09:59" not in json.dumps(shown)


def test_of_a_phone_a_person_gets_all_from_the_moment_on_that_it_was_theirs(
    school: School, shared: Phone, clock: MovableClock
) -> None:
    clock.move(minutes=1)
    shared.batch(("2026-02-18T10:04:30Z", 7, 7, 7), ("2026-02-18T10:05:30Z", 8, 8, 8))
    shared.point("2026-02-18T10:05:00Z")
    samples, points = below_phones(school)
    assert [row[1:] for row in samples["samples"]] == [[8, 8, 8]]
    assert samples["count"] == 1
    assert [point["ts"] for point in points["points"]] == ["2026-02-18T10:05:00Z"]
    (shown,) = school.get("/me", ANI).get_json()["data"]["phones"]
    assert shown["points"] == {"first": "2026-02-18T10:05:00Z", "last": "2026-02-18T10:05:00Z"}
    assert shown["samples"]["first"] == "2026-02-18T10:05:00Z"


def test_a_page_reads_no_more_where_nothing_of_it_is_shown(
    school: School, shared: Phone, clock: MovableClock, meter: Meter
) -> None:
    clock.move(minutes=1)
    shared.point("2026-02-18T10:05:00Z")
    cursor = own._sealed(ANI.uid, Position("accel", "hp-budi"))
    meter.reset()
    page = school.get("/me/data", ANI, cursor=cursor).get_json()["data"]
    assert (page["items"], bool(page["next"])) == ([], True)
    assert meter.cost == (3, 4, 0)  # the phone, two chunks of the hour before, the list of phones


@pytest.fixture
def enrolled(school: School) -> School:
    """Ani is on the rosters of a dozen courses, with others."""
    csv = "NIM,Nama,Email\n1001,Ani,ani@kampus.test\n1002,Budi,budi@kampus.test\n"
    students = rosters.read(csv)
    for number in range(12):
        document = rosters.to_document(f"c-{number:02}", students, school.clock())
        path = school.database.path("rosters", f"c-{number:02}")
        school.database.commit(Write.set(path, document))
    return school


def test_of_many_rosters_few_are_read_at_once_and_only_ones_own_entry_is_given(
    enrolled: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = enrolled.store.own
    most: Counter[str] = Counter()

    def counting(uid: str, position: Position, *more: Any, **options: Any) -> Any:
        found = read(uid, position, *more, **options)
        most[position.kind] = max(most[position.kind], len(found))
        return found

    monkeypatch.setattr(enrolled.store, "own", counting)
    items = everything(enrolled, bearer(ANI))
    found = [item["data"] for item in items if item["path"].startswith("rosters/")]
    assert len(found) == 13
    assert most["rosters"] <= 5
    entry = {"user_id": "1001", "name": "Ani", "email": "ani@kampus.test"}
    assert all(each["students"] == [entry] for each in found)
    assert all(each.keys() == {"course_id", "students"} for each in found)


def test_the_overview_reads_the_names_of_courses_and_no_roster(
    enrolled: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = enrolled.store.own
    seen: list[dict[str, Any]] = []

    def watching(*arguments: Any, **options: Any) -> Any:
        found = read(*arguments, **options)
        seen.extend(fields for _, fields in found)
        return found

    monkeypatch.setattr(enrolled.store, "own", watching)
    courses = enrolled.get("/me", ANI).get_json()["data"]["courses"]
    assert len(courses["attended"]) == 13
    assert {"course_id": "c-00"} in seen
    assert not any("students" in fields for fields in seen)


@pytest.mark.parametrize("page", [1, 2])
def test_pages_of_any_size_give_the_same_documents_once(
    lived: School, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    whole = everything(lived, bearer(ANI))
    monkeypatch.setattr(own, "LARGEST_PAGE", page)
    monkeypatch.setattr(own, "DATA_PAGE", {})
    assert everything(lived, bearer(ANI)) == whole


def test_nothing_of_others_is_in_it(lived: School) -> None:
    for answer in (everything(lived, bearer(ANI)), lived.get("/me", ANI).get_json()):
        text = json.dumps(answer)
        assert "Budi" not in text
        assert "1002" not in text
    assert "ani@kampus.test" not in json.dumps(everything(lived, bearer(RATNA)))
    assert "1001" not in json.dumps(everything(lived, bearer(MADE)))


def test_a_cursor_of_somebody_else_or_a_changed_one_is_refused(
    lived: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = lived.get("/me/data", ANI).get_json()["data"]["next"]
    assert lived.get("/me/data", ANI, cursor=cursor).status_code == 200
    for wrong in (cursor[:-1] + "x", "x", "WyJhY2NlbCJd.abc", cursor + "."):
        refusal = error(lived.get("/me/data", ANI, cursor=wrong))
        assert refusal == (400, "invalid_field: cursor")
    assert error(lived.get("/me/data", BUDI, cursor=cursor)) == (400, "invalid_field: cursor")
    assert error(lived.get("/me", BUDI, after=cursor)) == (400, "invalid_field: after")


@pytest.mark.parametrize("kind", ["accel", "gps", "readings"])
def test_a_phone_or_device_that_has_another_owner_by_now_is_not_given(
    lived: School, kind: str
) -> None:
    cursor = own._sealed(ANI.uid, Position(kind, "phone/of Budi"))
    assert error(lived.get("/me/data", ANI, cursor=cursor)) == (400, "invalid_field: cursor")


def test_a_signed_cursor_of_no_kind_is_refused(lived: School) -> None:
    for parts in (["secrets", "", ""], ["accel", ""], "accel", ["accel", 1, ""]):
        cursor = own._serializer(ANI.uid).dumps(parts)
        assert error(lived.get("/me/data", ANI, cursor=cursor)) == (400, "invalid_field: cursor")


def test_the_owner_of_a_device_gets_its_readings(
    school: School, database: Database, clock: MovableClock, topic: Topic,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("DEVICE_KEY_SECRET", "x" * 32)
    sensor = Sensor(database, topic.publisher, clock)
    sensor.data(reading(9, "2026-02-18T09:00:00Z"), reading(8, "2026-02-18T09:00:01Z"))
    items = everything(school, token("owner", role="owner", name="Sari"))
    assert [item["path"].split("/")[-2] for item in items if "/" in item["path"]] == [
        "devices", "readings",
    ]  # fmt: skip
    assert [row[3] for row in items[-1]["data"]["readings"]] == [9, 8]
    assert "key_version" not in items[-2]["data"]
    data = school.get("/me", token("owner", role="owner")).get_json()["data"]
    assert (
        data["devices"]
        == [{"id": sensor.id, "device_id": "SENSOR-001", "name": "Seismic Sensor", "readings": 2}]
        or data["devices"][0]["readings"] == 2
    )


def test_many_check_ins_come_in_pages(lived: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "OWN_PAGE", 1)
    sessions = []
    after = None
    for _ in range(3):
        data = lived.get("/me", ANI, after=after).get_json()["data"]["checkins"]
        sessions += [item["session_id"] for item in data["items"]]
        after = data["next"]
    assert sessions == ["sesi-01", "sesi-02"]
    assert after is None


def test_delete_it_is_a_request_to_the_admin_that_can_be_taken_back(
    school: School, clock: MovableClock
) -> None:
    asked = school.post("/me/forget", ANI, reason="Sudah lulus").get_json()["data"]
    assert asked == {
        "uid": "1001", "name": "Ani", "email": "ani@kampus.test", "reason": "Sudah lulus",
        "requested_at": "2026-02-18T10:00:00Z",
    }  # fmt: skip
    clock.move(hours=1)
    school.post("/me/forget", BUDI)
    again = school.post("/me/forget", ANI, reason="x").get_json()["data"]
    assert (again["reason"], again["requested_at"]) == ("x", "2026-02-18T10:00:00Z")
    assert school.get("/me", ANI).get_json()["data"]["forget"] == again
    listed = school.get("/requests", ADMIN).get_json()["data"]
    assert [item["uid"] for item in listed["items"]] == ["1001", "1002"]
    for _ in range(2):
        assert school.delete("/me/forget", ANI).get_json() == {"ok": True, "data": None}
    assert school.get("/me", ANI).get_json()["data"]["forget"] is None
    assert school.get("/requests", ADMIN).get_json()["data"]["total"] == 1


@pytest.mark.parametrize("who", [RATNA, ANI])
def test_requests_are_for_admins(school: School, who: Any) -> None:
    assert error(school.get("/requests", who)) == (403, "forbidden")


@pytest.mark.parametrize("path", ["/me", "/me/data"])
@pytest.mark.parametrize("mode", ["open", "verified"])
def test_who_has_no_role_or_no_token_has_nothing(
    school: School, monkeypatch: pytest.MonkeyPatch, path: str, mode: str
) -> None:
    monkeypatch.setenv("AUTH_MODE", mode)
    assert error(school.get(path, ""))[0] == 401
    assert error(school.get(path, token("1001"))) == (403, "forbidden")


def test_what_the_overview_costs(lived: School, meter: Meter) -> None:
    meter.reset()
    lived.get("/me", ANI)
    # rosters, courses, phones, devices, marks; the request; 2 check-ins; 2 heads
    assert meter.cost == (8, 10, 0)


def test_what_an_import_costs(school: School, meter: Meter) -> None:
    meter.reset()
    school.import_class("NIM,Nama,Email\n1002,Budi,budi@kampus.test\n")
    assert meter.cost == (4, 3, 1)
    meter.reset()
    school.import_class("NIM,Nama,Email\n1002,Budi,budi@kampus.test\n")
    assert meter.cost == (3, 3, 0)
