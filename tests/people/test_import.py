"""A class is imported: its accounts, its roster, and what is left as it was."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from firebase_admin import auth, exceptions

from shared.base.accounts import Account, NewAccount
from shared.domain.people import carry_out, is_email, look_up, plan
from shared.domain.rosters import Student
from tests.meter import Meter
from tests.people.school import ADMIN, ANI, BUDI, MADE, RATNA, Door, School, claims_of, error

CLASS = "NIM,Nama,Surel\n1001,Ani,ani@kampus.test\n1002,Budi,budi@kampus.test\n1003,Citra,citra@kampus.test\n"


def kinds(data: dict[str, Any]) -> dict[str, str]:
    """What an import says of each student, with the reason of a conflict."""
    return {item["user_id"]: item["reason"] or item["kind"] for item in data["items"]}


def test_a_plan_shows_what_an_import_would_do_and_does_nothing(school: School) -> None:
    data = school.import_class(CLASS, apply=False)
    assert not data["applied"]
    assert data["counts"] == {"new": 1, "changed": 0, "unchanged": 2, "conflict": 0, "absent": 0}
    assert data["items"][2] == {
        "line": 4, "user_id": "1003", "name": "Citra", "email": "citra@kampus.test",
        "kind": "new", "reason": None,
    }  # fmt: skip
    assert school.accounts.by_uid("1003") is None
    assert [student["user_id"] for student in school.stored()] == ["1001"]


def test_an_instructor_gives_a_class_accounts_and_a_roster(school: School) -> None:
    data = school.import_class(CLASS)
    assert data["applied"]
    made = school.accounts.by_uid("1003")
    assert made
    assert (made.email, made.name, made.role) == ("citra@kampus.test", "Citra", "student")
    assert made.is_verified
    assert made.state == "invited"
    assert [student["user_id"] for student in school.stored()] == ["1001", "1002", "1003"]
    again = school.import_class(CLASS)
    assert again["counts"]["unchanged"] == 3, "a second time changes nothing"


def test_a_first_sign_in_with_google_is_one_to_the_account_of_the_nim(
    school: School, door: Door
) -> None:
    school.import_class(CLASS)
    answer = door.google("Citra@kampus.test".lower())
    said = claims_of(answer["idToken"])
    assert (said["sub"], said["role"], said["email_verified"]) == ("1003", "student", True)
    again = claims_of(door.google("citra@kampus.test")["idToken"])
    assert again["sub"] == "1003"
    found = school.accounts.by_uid("1003")
    assert found
    assert found.state == "active"
    assert "google.com" in found.providers


def test_google_of_an_address_without_an_account_is_bound_to_no_nim(
    school: School, door: Door
) -> None:
    said = claims_of(door.google("nobody@kampus.test")["idToken"])
    assert "role" not in said
    assert said["sub"] not in ("1001", "1002")


def test_the_address_of_who_has_signed_in_stays_and_so_does_their_password(
    school: School, door: Door
) -> None:
    school.accounts.update("1002", password="budi's own password")
    door.password(BUDI.email, "budi's own password")
    data = school.import_class("NIM,Nama,Email\n1002,Budi,other@kampus.test\n")
    assert kinds(data)["1002"] == "signed_in"
    assert school.accounts.by_uid("1002").email == BUDI.email  # type: ignore[union-attr]
    school.import_class("NIM,Nama,Email\n1002,Budi Santoso,budi@kampus.test\n")
    assert school.accounts.by_uid("1002").name == "Budi Santoso"  # type: ignore[union-attr]
    assert "idToken" in door.password(BUDI.email, "budi's own password")


def test_the_address_of_who_never_signed_in_follows_the_file(school: School) -> None:
    data = school.import_class("NIM,Nama,Email\n1002,Budi,santoso@kampus.test\n")
    assert kinds(data)["1002"] == "changed"
    changed = school.accounts.by_uid("1002")
    assert changed
    assert (changed.email, changed.is_verified) == ("santoso@kampus.test", True)


def test_two_swapped_addresses_need_a_third_one_first(school: School) -> None:
    wrong = "NIM,Nama,Email\n20,A,a@kampus.test\n21,B,b@kampus.test\n"
    right = "NIM,Nama,Email\n20,A,b@kampus.test\n21,B,a@kampus.test\n"
    school.import_class(wrong, remove=True)
    assert kinds(school.import_class(right)) == {"20": "address_taken", "21": "address_taken"}
    school.import_class("NIM,Nama,Email\n20,A,third@kampus.test\n")
    assert kinds(school.import_class(right)) == {"20": "address_taken", "21": "changed"}
    assert kinds(school.import_class(right)) == {"20": "changed", "21": "unchanged"}


def test_who_the_file_lacks_stays_unless_removing_is_said(school: School) -> None:
    file = "NIM,Nama,Email\n1002,Budi,budi@kampus.test\n"
    data = school.import_class(file)
    assert kinds(data) == {"1002": "unchanged", "1001": "absent"}
    assert [student["user_id"] for student in school.stored()] == ["1001", "1002"]
    school.import_class(file, remove=True)
    assert [student["user_id"] for student in school.stored()] == ["1002"]
    assert school.accounts.by_uid("1001"), "the account stays"


def test_a_row_in_conflict_changes_neither_account_nor_roster(school: School) -> None:
    data = school.import_class(
        "NIM,Nama,Email\n"
        f"1003,Citra,{BUDI.email}\n"  # Budi's
        "dosen,Ratna,ratna@kampus.test\n"  # an instructor
        "1004,Dimas,\n"
        "1005,Eka,eka at kampus\n"
        "1006,Fajar,both@kampus.test\n"
        "1007,Gita,both@kampus.test\n"
        f"{'9' * 129},Hana,hana@kampus.test\n"
        "1008,Indah,indah@kampus.test\n"
    )
    assert kinds(data) == {
        "1003": "address_taken", "dosen": "other_role", "1004": "address_missing",
        "1005": "address_invalid", "1006": "address_twice", "1007": "address_twice",
        "9" * 129: "uid_too_long", "1008": "new", "1001": "absent",
    }  # fmt: skip
    assert [student["user_id"] for student in school.stored()] == ["1001", "1008"]
    assert school.accounts.by_uid("dosen").role == "instructor"  # type: ignore[union-attr]
    assert not school.accounts.many(["1003", "1004", "1005", "1006", "1007"])


def test_only_addresses_of_our_domains_get_accounts(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGN_IN_DOMAINS", " Kampus.test, @staff.test")
    data = school.import_class(
        "NIM,Nama,Email\n1003,Citra,CITRA@KAMPUS.TEST\n1004,Dimas,dimas@mail.kampus.test\n"
        "1005,Eka,eka@kampus.test.evil.test\n1006,Fajar,fajar@staff.test\n"
    )
    assert kinds(data) == {
        "1003": "new", "1004": "domain_not_allowed", "1005": "domain_not_allowed", "1006": "new",
        "1001": "absent",
    }  # fmt: skip


def test_without_a_file_the_stored_roster_gets_its_accounts(school: School) -> None:
    school.roster(CLASS)
    data = school.import_class(None)
    assert kinds(data) == {"1001": "unchanged", "1002": "unchanged", "1003": "new"}
    assert data["items"][0]["line"] is None


def test_a_file_without_addresses_uses_those_that_are_stored(school: School) -> None:
    school.roster(CLASS)
    assert kinds(school.import_class("NIM,Nama\n1003,Citra Dewi\n", remove=True))["1003"] == "new"
    assert school.stored() == [
        {"user_id": "1003", "name": "Citra Dewi", "email": "citra@kampus.test"}
    ]


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>", "=HYPERLINK(1)", "O'Neil", "Ｎａｍｅ 😀", "a" * 200]
)
def test_a_hostile_name_is_a_name(school: School, name: str) -> None:
    school.import_class(f"NIM,Nama,Email\n1003,{name},citra@kampus.test\n")
    assert school.accounts.by_uid("1003").name == name  # type: ignore[union-attr]
    assert school.import_class(f"NIM,Nama,Email\n1003,{name},citra@kampus.test\n")["counts"] == {
        "new": 0, "changed": 0, "unchanged": 1, "conflict": 0, "absent": 1,
    }  # fmt: skip


def test_an_account_that_was_refused_is_a_conflict_and_the_others_are_made(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody takes the address between the look-up and the import."""
    school.accounts.add_all([NewAccount("late", "citra@kampus.test", "Late", "student")])
    many = school.accounts.many
    monkeypatch.setattr(
        school.accounts,
        "many",
        lambda *args, **words: [each for each in many(*args, **words) if each.uid != "late"],
    )
    data = school.import_class(CLASS)
    assert kinds(data)["1003"] == "refused"
    assert [student["user_id"] for student in school.stored()] == ["1001", "1002"]


@pytest.mark.parametrize("csv", ["", "x", "NIM,Nama\n", "NIM,Nama\n1,A\n1,B\n"])
def test_a_file_that_cannot_be_read_is_refused(school: School, csv: str) -> None:
    answer = school.post("/import", ADMIN, course_id="empty", csv=csv, apply=True)
    status, code = error(answer)
    assert status == 400
    assert code in ("missing_field: csv", "invalid_field: csv.1", "invalid_field: csv.3")


@pytest.fixture
def mine(school: School) -> str:
    """A course of Pak Made, who does not teach Ani. Budi is on no roster."""
    return school.course("mine", MADE)


def test_an_instructor_changes_no_address_of_another_teachers_student(
    school: School, door: Door, mine: str
) -> None:
    file = "NIM,Nama,Email\n1001,Ani,mallory@mail.test\n1002,Budi,santoso@kampus.test\n"
    data = school.import_class(file, MADE, course_id=mine)
    assert kinds(data) == {"1001": "other_course", "1002": "changed"}
    assert school.accounts.by_uid("1001").email == ANI.email  # type: ignore[union-attr]
    assert claims_of(door.google("mallory@mail.test")["idToken"])["sub"] != "1001"
    assert [student["user_id"] for student in school.stored(mine)] == ["1002"]
    file = file.replace("mallory", "ani.new")
    assert kinds(school.import_class(file, ADMIN, course_id=mine))["1001"] == "changed"


def test_another_teachers_student_keeps_the_name_and_the_roster_has_its_own(
    school: School, mine: str
) -> None:
    file = "NIM,Nama,Email\n1001,Ani S.,ani@kampus.test\n"
    assert kinds(school.import_class(file, MADE, course_id=mine)) == {"1001": "unchanged"}
    assert school.accounts.by_uid("1001").name == "Ani"  # type: ignore[union-attr]
    assert school.stored(mine)[0]["name"] == "Ani S."


def test_colleagues_of_one_course_change_its_students(school: School, mine: str) -> None:
    school.store.add_teacher("cloud-101", MADE.uid)
    file = "NIM,Nama,Email\n1001,Ani S.,ani.s@kampus.test\n"
    assert kinds(school.import_class(file, MADE, course_id=mine)) == {"1001": "changed"}


def test_the_rosters_of_many_changed_students_are_looked_up_thirty_at_once(
    school: School, mine: str, meter: Meter
) -> None:
    rows = [f"2{n:03},S{n},s{n}@kampus.test" for n in range(61)]
    school.import_class("NIM,Nama,Email\n" + "\n".join(rows), ADMIN)
    changed = "NIM,Nama,Email\n" + "\n".join(rows).replace("@", ".x@")
    meter.reset()
    data = school.import_class(changed, MADE, course_id=mine, apply=False)
    assert data["counts"]["conflict"] == 61
    # teachers and roster; three queries with a roster each; the course
    assert (meter.rpcs, meter.reads) == (2 + 3 + 1, 2 + 3 + 1)


@pytest.mark.parametrize(("state", "reason"), [("no role", "other_role"), ("off", "disabled")])
def test_only_an_admin_brings_back_who_has_lost_the_role_or_is_disabled(
    school: School, door: Door, state: str, reason: str
) -> None:
    door.google(BUDI.email)
    if state == "off":
        school.disable("1002")
    else:
        school.accounts.set_role(school.accounts.by_uid("1002"), None)  # type: ignore[arg-type]
    file = "NIM,Nama,Email\n1002,Budi S.,budi@kampus.test\n"
    assert kinds(school.import_class(file))["1002"] == reason
    assert [student["user_id"] for student in school.stored()] == ["1001"]
    assert kinds(school.import_class(file, ADMIN))["1002"] == "changed"
    assert school.accounts.by_uid("1002").role == "student"  # type: ignore[union-attr]


def test_a_strangers_account_at_a_students_address_gives_way_to_an_admin(
    school: School, door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    """In open mode anybody can make an account with any address."""
    strangers = [
        door.sign_up(f"{name}@kampus.test", "the stranger's")["localId"]
        for name in ("citra", "santoso")
    ]
    file = "NIM,Nama,Email\n1003,Citra,citra@kampus.test\n1002,Budi,santoso@kampus.test\n"
    expected = {"1003": "address_not_verified", "1002": "address_not_verified"}
    data = school.import_class(file)
    assert {uid: data_kind(data, uid) for uid in expected} == dict.fromkeys(expected, "conflict")
    assert kinds(data) == {**expected, "1001": "absent"}
    assert len(school.accounts.many(strangers)) == 2
    data = school.import_class(file, ADMIN, apply=False)
    assert (data_kind(data, "1003"), data_kind(data, "1002")) == ("new", "changed")
    assert kinds(data) == {**expected, "1001": "absent"}, "the admin sees it before"
    assert len(school.accounts.many(strangers)) == 2
    school.import_class(file, ADMIN)
    assert school.accounts.many(strangers) == []
    assert "idToken" not in door.password("citra@kampus.test", "the stranger's")
    assert claims_of(door.google("citra@kampus.test")["idToken"])["sub"] == "1003"
    assert claims_of(door.google("santoso@kampus.test")["idToken"])["sub"] == "1002"
    assert capsys.readouterr().err.count('"account replaced"') == 2


def data_kind(data: dict[str, Any], uid: str) -> str:
    """What becomes of a row, whatever the reason."""
    return str(next(item["kind"] for item in data["items"] if item["user_id"] == uid))


def test_a_strangers_account_that_was_proved_since_the_plan_stays(
    school: School, door: Door
) -> None:
    stranger = door.sign_up("citra@kampus.test", "the stranger's")["localId"]
    rows = [(2, Student("1003", "Citra", "citra@kampus.test"))]
    planned = plan(rows, [], look_up(rows, school.accounts), ())
    school.accounts.update(stranger, email_verified=True)
    done, made = carry_out(planned, school.accounts)
    assert made == []
    assert [row.reason for row in done.rows] == ["refused"]
    assert school.accounts.by_uid(stranger)


def test_an_unproved_account_that_is_in_the_file_itself_is_not_replaced() -> None:
    console = Account("1004", "dimas@kampus.test")
    rows = [(2, Student("1003", "C", console.email)), (3, Student("1004", "D", "d@kampus.test"))]
    assert [row.reason for row in plan(rows, [], [console], ()).rows] == ["address_taken", None]


def test_an_account_that_was_made_since_the_plan_is_not_replaced(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The emulator refuses to replace an account, the service does it: what is sent is compared."""
    rows = [(2, Student("555", "X", "x@kampus.test")), (3, Student("556", "Y", "y@kampus.test"))]
    planned = plan(rows, [], look_up(rows, school.accounts), ())
    body = {"email": "pak@kampus.test", "name": "Pak", "role": "instructor", "user_id": "555"}
    school.post("/invite", ADMIN, **body)
    sent: list[str] = []
    add_all = school.accounts.add_all

    def keep(new: Sequence[NewAccount]) -> dict[str, str]:
        sent.extend(each.uid for each in new)
        return add_all(new)

    monkeypatch.setattr(school.accounts, "add_all", keep)
    done, made = carry_out(planned, school.accounts)
    assert sent == [each.uid for each in made] == ["556"]
    assert [row.reason for row in done.rows] == ["refused", None]
    stays = school.accounts.by_uid("555")
    assert stays
    assert (stays.email, stays.role) == ("pak@kampus.test", "instructor")


def test_a_service_that_fails_in_the_middle_leaves_the_rest_done(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_of = "NIM,Nama,Email\n" + "".join(f"20{n},A{n},a{n}@kampus.test\n" for n in range(5))
    school.import_class(class_of)
    update_user: Any = auth.update_user

    def fail(uid: str, **words: Any) -> Any:
        if uid == "202":
            raise exceptions.UnavailableError("x")
        return update_user(uid, **words)

    monkeypatch.setattr(auth, "update_user", fail)
    changed = class_of.replace("@", ".b@") + "999,New,new@kampus.test\n"
    data = school.import_class(changed)
    assert data["counts"] == {"new": 1, "changed": 4, "unchanged": 0, "conflict": 1, "absent": 1}
    assert kinds(data)["202"] == "refused"
    assert {student["user_id"]: student["email"] for student in school.stored()} == {
        "1001": "ani@kampus.test", "200": "a0.b@kampus.test", "201": "a1.b@kampus.test",
        "202": "a2@kampus.test", "203": "a3.b@kampus.test", "204": "a4.b@kampus.test",
        "999": "new@kampus.test",
    }  # fmt: skip
    monkeypatch.setattr(auth, "update_user", update_user)
    assert kinds(school.import_class(changed))["202"] == "changed"


def test_what_is_too_much_for_one_request_is_for_the_next(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("people.routes.MOST_CHANGED", 2)
    file = "NIM,Nama,Email\n" + "".join(f"20{n},A{n},a{n}@kampus.test\n" for n in range(3))
    assert school.import_class(file)["counts"]["new"] == 3, "new ones are cheap"
    data = school.import_class(file.replace("@", ".b@"), remove=True)
    assert kinds(data) == {"200": "changed", "201": "changed", "202": "later", "1001": "absent"}
    again = school.import_class(file.replace("@", ".b@"))
    assert kinds(again) == {"200": "unchanged", "201": "unchanged", "202": "changed"}


@pytest.mark.parametrize("uid", ["10\u200b01", "\u202e1001", "10\u00ad01", "10\x0701"])
def test_a_number_with_something_that_is_not_seen_gets_no_account(school: School, uid: str) -> None:
    data = school.import_class(f"NIM,Nama,Email\n{uid},Citra,citra@kampus.test\n")
    assert kinds(data)[uid] == "uid_invalid"
    assert school.accounts.by_email("citra@kampus.test") is None
    assert len(school.stored()) == 1


def test_the_log_says_who_imported_whom_and_whose_address_changed(
    school: School, capsys: pytest.CaptureFixture[str]
) -> None:
    file = "NIM,Nama,Email\n1002,Budi,santoso@kampus.test\n1003,Citra,citra@kampus.test\n"
    school.import_class(file, apply=False)
    assert "imported" not in capsys.readouterr().err
    school.import_class(file)
    text = capsys.readouterr().err
    lines = [json.loads(line) for line in text.splitlines()]
    imported = next(line for line in lines if line["message"] == "class imported")
    assert (imported["by"], imported["course"], imported["uids"]) == (
        "dosen", "cloud-101", ["1002", "1003"],
    )  # fmt: skip
    assert (imported["new"], imported["changed"], imported["absent"]) == (1, 1, 1)
    changes = [line for line in lines if line["message"] == "address changed"]
    assert [(line["by"], line["uid"]) for line in changes] == [("dosen", "1002")]
    assert "@kampus.test" not in text


def test_another_course_is_for_its_own_teachers(school: School) -> None:
    for who in (MADE, ANI):
        answer = school.post("/import", who, course_id="cloud-101", csv=CLASS)
        assert error(answer) == (403, "forbidden")
    assert error(school.post("/import", RATNA, course_id="other", csv=CLASS)) == (403, "forbidden")
    assert error(school.post("/import", "", course_id="cloud-101", csv=CLASS))[0] == 401


def test_a_role_that_was_taken_comes_back_with_the_next_import(school: School) -> None:
    school.accounts.set_role(school.accounts.by_uid("1002"), None)  # type: ignore[arg-type]
    assert kinds(school.import_class(CLASS))["1002"] == "changed"
    assert school.accounts.by_uid("1002").role == "student"  # type: ignore[union-attr]


def test_an_instructor_on_a_roster_keeps_their_role_whatever_the_file_says() -> None:
    rows = [(2, Student("x", "X", "x@kampus.test"))]
    for role in ("instructor", "admin", "owner", "technician"):
        account = Account("x", "x@kampus.test", "", {"role": role}, is_verified=True)
        (row,) = plan(rows, [], [account], ()).rows
        assert (row.kind, row.reason) == ("conflict", "other_role")


@pytest.mark.parametrize(
    "text",
    ["", "@", "a@", "@b.c", "a@b", "a b@c.d", "a@b.c@d.e", "a@b..", "a\n@b.c", "<a@b.c>", "a,b@c.d",
     'a"@b.c', "a@b_c.d ", "x" * 65 + "@b.c", "a@.", "a@b.c\x00"],
)  # fmt: skip
def test_what_is_no_address_is_not_taken_for_one(text: str) -> None:
    assert not is_email(text)


@pytest.mark.parametrize("text", ["a@b.c", "a.b+c@d-e.ac.id", "Ünal@kampus.test", "o'neil@k.test"])
def test_what_is_an_address_is_taken_for_one(text: str) -> None:
    assert is_email(text)
