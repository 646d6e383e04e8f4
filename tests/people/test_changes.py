"""Inviting, roles, passwords and leaving: who may do what to which account."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from shared.base.accounts import NewAccount
from tests.people.credentials import COURSE
from tests.people.school import ADMIN, ANI, BUDI, MADE, RATNA, Door, School, claims_of, error

CITRA = {"email": "citra@kampus.test", "name": "Citra", "role": "student", "user_id": "1003"}
SECOND = NewAccount("admin-2", "siti@kampus.test", "Siti", "admin")


def role(school: School, uid: str) -> object:
    found = school.accounts.by_uid(uid)
    return found and found.role


def test_an_instructor_invites_a_student_who_sets_a_password_by_the_link(
    school: School, door: Door
) -> None:
    answer = school.post("/invite", RATNA, **CITRA, course_id=COURSE)
    data = answer.get_json()["data"]
    assert data["uid"] == "1003"
    requests.get(data["link"] + "&newPassword=citra's own", timeout=30).raise_for_status()
    said = claims_of(door.password("citra@kampus.test", "citra's own")["idToken"])
    assert (said["sub"], said["role"]) == ("1003", "student")
    assert school.stored()[-1] == {
        "user_id": "1003", "name": "Citra", "email": "citra@kampus.test",
    }  # fmt: skip


def test_the_same_invitation_again_is_the_same_account_and_has_no_link_after_a_sign_in(
    school: School, door: Door
) -> None:
    invite = {**CITRA, "course_id": COURSE}
    for _ in range(2):
        assert school.post("/invite", RATNA, **invite).get_json()["data"]["link"]
    door.google("citra@kampus.test")
    data = school.post("/invite", RATNA, **invite).get_json()["data"]
    assert data == {"uid": "1003", "link": None}
    assert len(school.stored()) == 2


@pytest.mark.parametrize("wanted", ["instructor", "owner", "technician", "admin"])
def test_an_admin_invites_with_any_role_and_the_uid_is_drawn(school: School, wanted: str) -> None:
    body = {"email": "Joko@Kampus.test", "name": "Joko", "role": wanted}
    data = school.post("/invite", ADMIN, **body).get_json()["data"]
    assert data["uid"] == "drawn-0"
    assert role(school, "drawn-0") == wanted
    again = school.post("/invite", ADMIN, **body).get_json()["data"]
    assert again["uid"] == "drawn-0"


def test_pak_made_teaches_the_course_too(school: School) -> None:
    body = {"email": MADE.email, "name": "Pak Made", "role": "instructor", "course_id": COURSE}
    for _ in range(2):
        assert school.post("/invite", ADMIN, **body).get_json()["data"]["uid"] == "made"
    assert school.store.teachers(COURSE) == ("dosen", "made")
    assert school.get("/list", MADE, course_id=COURSE).status_code == 200


def test_a_course_of_fifty_teachers_takes_no_further_one(school: School) -> None:
    for number in range(49):
        school.store.add_teacher(COURSE, f"t{number}")
    body = {"email": MADE.email, "name": "Pak Made", "role": "instructor", "course_id": COURSE}
    assert error(school.post("/invite", ADMIN, **body)) == (409, "too_many_teachers")


def test_a_roster_that_is_full_takes_no_further_student(school: School) -> None:
    school.roster("".join(f"{number},S\n" for number in range(10_000, 12_000)))
    refused = error(school.post("/invite", RATNA, **CITRA, course_id=COURSE))
    assert refused == (400, "invalid_field: csv")
    assert len(school.stored()) == 2_000


def own(role: str) -> dict[str, Any]:
    return {"email": "joko@kampus.test", "name": "Joko", "role": role, "course_id": COURSE}


@pytest.mark.parametrize(
    ("who", "body", "refusal"),
    [
        (RATNA, own("instructor"), (403, "forbidden")),
        (RATNA, own("admin"), (403, "forbidden")),
        (RATNA, CITRA, (403, "forbidden")),  # into no course
        (MADE, {**CITRA, "course_id": COURSE}, (403, "forbidden")),
        (ANI, {**CITRA, "course_id": COURSE}, (403, "forbidden")),
        (ADMIN, {**CITRA, "user_id": None}, (400, "missing_field: user_id")),
        (ADMIN, {**CITRA, "email": "no address"}, (400, "invalid_field: email")),
        (ADMIN, {**CITRA, "role": "king"}, (400, "invalid_field: role")),
        (ADMIN, {**CITRA, "user_id": "9" * 129}, (400, "invalid_field: user_id")),
        (ADMIN, own("owner"), (400, "invalid_field: course_id")),
        (ADMIN, {**CITRA, "email": BUDI.email}, (409, "address_taken")),
        (ADMIN, {**CITRA, "user_id": "1002"}, (409, "address_taken")),
        (ADMIN, {**CITRA, "email": MADE.email, "user_id": "made"}, (409, "other_role")),
    ],
)
def test_who_may_not_be_invited_is_refused_and_nothing_is_made(
    school: School, who: NewAccount, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    before = school.accounts.page()
    assert error(school.post("/invite", who, **body)) == refusal
    assert school.accounts.page() == before
    assert len(school.stored()) == 1


def test_an_address_outside_the_domains_is_not_invited(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGN_IN_DOMAINS", "kampus.test")
    body = {**CITRA, "email": "citra@mail.test"}
    assert error(school.post("/invite", ADMIN, **body)) == (400, "domain_not_allowed")


def test_a_strangers_account_that_waits_at_an_address_gets_no_role(
    school: School, door: Door
) -> None:
    """In open mode Firebase lets anybody make an account with any address and a password."""
    stranger = door.sign_up("joko@kampus.test", "the stranger's")["localId"]
    body = {"email": "joko@kampus.test", "name": "Joko", "role": "admin"}
    assert error(school.post("/invite", ADMIN, **body)) == (409, "address_not_verified")
    assert role(school, stranger) is None


def test_an_admin_gives_and_takes_roles(school: School, door: Door) -> None:
    school.accounts.update("made", password="made's own")
    refresh = door.password(MADE.email, "made's own")["refreshToken"]
    answer = school.post("/role", ADMIN, uid="made", role="admin")
    assert answer.get_json()["data"] == {"uid": "made", "role": "admin"}
    assert claims_of(door.password(MADE.email, "made's own")["idToken"])["role"] == "admin"
    assert refresh
    school.post("/role", ADMIN, uid="made", role=None)
    assert role(school, "made") is None
    assert error(school.post("/role", ADMIN, uid="made")) == (400, "missing_field: role")


def test_a_role_leaves_other_claims_alone(school: School) -> None:
    from firebase_admin import auth

    app = school.accounts._app
    auth.set_custom_user_claims("made", {"role": "instructor", "faculty": "law"}, app=app)
    school.post("/role", ADMIN, uid="made", role="owner")
    assert auth.get_user("made", app=app).custom_claims == {"role": "owner", "faculty": "law"}


def test_nobody_changes_their_own_role_or_deletes_their_own_account(school: School) -> None:
    assert error(school.post("/role", ADMIN, uid="admin", role=None)) == (409, "own_account")
    assert error(school.post("/remove", ADMIN, uid="admin")) == (409, "own_account")
    assert role(school, "admin") == "admin"


@pytest.mark.parametrize("path", ["/role", "/remove"])
def test_an_admin_whose_role_was_taken_changes_nothing_with_the_token_of_before(
    school: School, path: str
) -> None:
    school.accounts.set_role(school.accounts.by_uid("admin"), None)  # type: ignore[arg-type]
    assert error(school.post(path, ADMIN, uid="made", role="admin")) == (403, "forbidden")
    assert role(school, "made") == "instructor"


@pytest.mark.parametrize("end", ["role", "account", "disabled"])
@pytest.mark.parametrize("who", [SECOND, RATNA], ids=["admin", "instructor"])
def test_one_who_was_deposed_makes_no_account_and_no_link_with_the_token_of_before(
    school: School, who: NewAccount, end: str
) -> None:
    school.accounts.add(SECOND)
    match end:
        case "role":
            school.accounts.set_role(school.accounts.by_uid(who.uid), None)  # type: ignore[arg-type]
        case "account":
            school.accounts.delete(who.uid)
        case "disabled":
            school.disable(who.uid)
    file = "NIM,Nama,Email\n1003,Citra,citra@kampus.test\n"
    for answer in (
        school.post("/invite", who, **CITRA, course_id=COURSE),
        school.post("/reset", who, uid="1001", course_id=COURSE),
        school.post("/import", who, course_id=COURSE, csv=file, apply=True),
    ):
        assert error(answer) == (403, "forbidden")
    assert school.accounts.by_uid("1003") is None
    assert len(school.stored()) == 1


def test_an_instructor_who_became_an_admin_goes_on_with_the_token_of_before(school: School) -> None:
    school.accounts.set_role(school.accounts.by_uid("dosen"), "admin")  # type: ignore[arg-type]
    assert school.post("/invite", RATNA, **CITRA, course_id=COURSE).status_code == 200
    admin = {"email": "joko@kampus.test", "name": "Joko", "role": "admin"}
    assert error(school.post("/invite", RATNA, **admin)) == (403, "forbidden")


@pytest.mark.parametrize("path", ["/role", "/remove"])
def test_of_two_admins_who_depose_each_other_at_least_one_remains(
    school: School, path: str
) -> None:
    school.accounts.add(SECOND)
    pairs = [(ADMIN, "admin-2"), (SECOND, "admin")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: school.post(path, pair[0], uid=pair[1], role=None), pairs))
    assert "admin" in (role(school, "admin"), role(school, "admin-2"))


def test_one_who_was_deposed_meanwhile_deposes_nobody(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.accounts.add(SECOND)
    set_role: Callable[..., None] = school.accounts.set_role

    def both(account: Any, wanted: Any) -> None:
        monkeypatch.setattr(school.accounts, "set_role", set_role)
        set_role(school.accounts.by_uid("admin"), None)  # by the other one, at the same time
        set_role(account, wanted)

    monkeypatch.setattr(school.accounts, "set_role", both)
    assert error(school.post("/role", ADMIN, uid="admin-2", role=None)) == (409, "conflict")
    assert role(school, "admin-2") == "admin"


def test_a_student_who_forgot_the_password_gets_a_link_from_the_instructor(
    school: School, door: Door
) -> None:
    data = school.post("/reset", RATNA, uid="1001", course_id=COURSE).get_json()["data"]
    requests.get(data["link"] + "&newPassword=a new one", timeout=30).raise_for_status()
    assert claims_of(door.password(ANI.email, "a new one")["idToken"])["sub"] == "1001"


@pytest.mark.parametrize(
    ("who", "uid", "course", "refusal"),
    [
        (RATNA, "1002", COURSE, (403, "forbidden")),  # not on the roster
        (RATNA, "1001", None, (403, "forbidden")),
        (RATNA, "admin", COURSE, (403, "forbidden")),
        (MADE, "1001", COURSE, (403, "forbidden")),
        (ANI, "1001", COURSE, (403, "forbidden")),
        (ADMIN, "nobody", None, (404, "account_not_found")),
    ],
)
def test_who_may_make_no_link_for_somebody_is_refused(
    school: School, who: NewAccount, uid: str, course: str | None, refusal: tuple[int, str]
) -> None:
    assert error(school.post("/reset", who, uid=uid, course_id=course)) == refusal


def test_a_student_of_another_teacher_too_gets_a_link_from_an_admin_only(school: School) -> None:
    mine = school.course("mine", MADE)
    school.roster("1001,Ani\n1002,Budi\n", mine)
    refused = school.post("/reset", MADE, uid="1001", course_id=mine)
    assert error(refused) == (409, "other_course")
    assert school.post("/reset", MADE, uid="1002", course_id=mine).status_code == 200
    assert school.post("/reset", ADMIN, uid="1001").status_code == 200
    school.store.add_teacher(COURSE, MADE.uid)
    assert school.post("/reset", MADE, uid="1001", course_id=mine).status_code == 200


def test_no_number_of_own_courses_hides_another_teachers(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("people.store.MOST_LISTED", 2)
    for number in range(4):
        school.roster("1001,Ani\n", school.course(f"a{number}", MADE))
    refused = school.post("/reset", MADE, uid="1001", course_id="a0")
    assert error(refused) == (409, "other_course")


def test_inviting_a_student_of_another_teacher_makes_no_link(school: School) -> None:
    mine = school.course("mine", MADE)
    body = {"email": ANI.email, "name": "X", "role": "student", "user_id": "1001"}
    assert school.post("/invite", RATNA, **body, course_id=COURSE).get_json()["data"]["link"]
    data = school.post("/invite", MADE, **body, course_id=mine).get_json()["data"]
    assert data == {"uid": "1001", "link": None}
    assert [student["user_id"] for student in school.stored(mine)] == ["1001"]
    assert school.accounts.by_uid("1001").name == "Ani"  # type: ignore[union-attr]


def test_only_an_admin_invites_who_has_lost_their_role_or_is_disabled(
    school: School, door: Door
) -> None:
    door.google(MADE.email)
    school.accounts.set_role(school.accounts.by_uid("made"), None)  # type: ignore[arg-type]
    school.disable("1002")
    for account, code in ((MADE, "other_role"), (BUDI, "disabled")):
        body = {"email": account.email, "name": "X", "role": "student", "user_id": account.uid}
        refused = school.post("/invite", RATNA, **body, course_id=COURSE)
        assert error(refused) == (409, code)
        assert school.post("/invite", ADMIN, **body, course_id=COURSE).status_code == 200
    assert error(school.post("/reset", RATNA, uid="1002", course_id=COURSE)) == (409, "disabled")


@pytest.mark.parametrize("uid", ["10\u200b01", "1001\x00", " 1001", "1001\u00a0", "\u202e1001"])
def test_an_id_with_something_that_is_not_seen_is_refused(school: School, uid: str) -> None:
    body = {**CITRA, "user_id": uid, "course_id": COURSE}
    assert error(school.post("/invite", RATNA, **body)) == (400, "invalid_field: user_id")


def test_an_address_that_nobody_proved_gets_no_role(school: School, door: Door) -> None:
    stranger = door.sign_up("rektor@kampus.test", "the stranger's")["localId"]
    refused = school.post("/role", ADMIN, uid=stranger, role="instructor")
    assert error(refused) == (409, "address_not_verified")
    assert school.post("/role", ADMIN, uid=stranger, role=None).status_code == 200
    items = school.get("/list", ADMIN).get_json()["data"]["items"]
    verified = {item["uid"]: item["verified"] for item in items}
    assert verified[stranger] is False
    assert verified["made"] is True


def test_an_instructor_who_puts_an_admin_on_the_roster_gets_no_link_for_them(
    school: School,
) -> None:
    school.roster("NIM,Nama,Email\nadmin,Agus,agus@kampus.test\nmade,Made,made@kampus.test\n")
    for uid in ("admin", "made"):
        assert error(school.post("/reset", RATNA, uid=uid, course_id=COURSE)) == (403, "forbidden")


def test_the_log_says_who_made_a_link_for_whom_and_not_the_link(
    school: School, capsys: pytest.CaptureFixture[str]
) -> None:
    link = school.post("/reset", ADMIN, uid="1001").get_json()["data"]["link"]
    log = capsys.readouterr().err
    assert '"by": "admin", "uid": "1001"' in log
    assert "oobCode" in link
    assert "oobCode" not in log


def test_an_account_without_an_address_has_no_link(school: School) -> None:
    school.accounts.add_all([NewAccount("1009", "", "Dimas", "student")])
    assert error(school.post("/reset", ADMIN, uid="1009")) == (409, "no_address")


def test_an_instructor_takes_a_student_off_the_own_roster_and_the_account_stays(
    school: School,
) -> None:
    for _ in range(2):
        data = school.post("/remove", RATNA, uid="1001", course_id=COURSE).get_json()["data"]
        assert data == {"uid": "1001", "account": False}
    assert school.stored() == []
    assert role(school, "1001") == "student"
    assert error(school.post("/remove", RATNA, uid="1001")) == (403, "forbidden")
    assert error(school.post("/remove", MADE, uid="1", course_id=COURSE)) == (403, "forbidden")


def test_an_admin_deletes_an_account_and_the_data_stays(school: School) -> None:
    data = school.post("/remove", ADMIN, uid="1001").get_json()["data"]
    assert data == {"uid": "1001", "account": True}
    assert school.accounts.by_uid("1001") is None
    assert len(school.stored()) == 1
    assert error(school.post("/remove", ADMIN, uid="1001")) == (404, "account_not_found")


def test_a_list_shows_the_students_of_a_course_and_the_state_of_their_accounts(
    school: School, door: Door
) -> None:
    school.roster(
        "NIM,Nama,Email\n1001,Ani,ani@kampus.test\n1002,Budi,budi@kampus.test\n1003,Citra,c@k.test\n"
    )
    door.google(ANI.email)
    items = school.get("/list", RATNA, course_id=COURSE).get_json()["data"]["items"]
    states = {item["uid"]: (item["state"], item["role"], item["email"]) for item in items}
    assert states == {
        "1001": ("active", "student", "ani@kampus.test"),
        "1002": ("invited", "student", "budi@kampus.test"),
        "1003": ("none", None, "c@k.test"),
    }
    assert error(school.get("/list", MADE, course_id=COURSE)) == (403, "forbidden")
    assert error(school.get("/list", RATNA)) == (403, "forbidden")
    assert error(school.get("/list", ANI, course_id=COURSE)) == (403, "forbidden")


def test_a_teachers_list_says_nothing_of_accounts_of_other_roles(school: School) -> None:
    school.roster("NIM,Nama\n1001,Ani\nadmin,Somebody\n")
    ani, other = school.get("/list", RATNA, course_id=COURSE).get_json()["data"]["items"]
    assert (ani["email"], ani["role"], ani["verified"]) == (ANI.email, "student", True)
    assert other == {
        "uid": "admin", "name": "Somebody", "email": "", "role": None, "state": "none",
        "verified": False,
    }  # fmt: skip
    _, shown = school.get("/list", ADMIN, course_id=COURSE).get_json()["data"]["items"]
    assert (shown["email"], shown["role"]) == (ADMIN.email, "admin")


def test_an_admin_lists_all_accounts_and_those_of_a_role(school: School) -> None:
    data = school.get("/list", ADMIN).get_json()["data"]
    assert (data["total"], data["next"]) == (5, None)
    data = school.get("/list", ADMIN, role="instructor").get_json()["data"]
    assert {item["uid"] for item in data["items"]} == {"dosen", "made"}


def test_a_long_list_of_accounts_comes_in_pages(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.google.accounts.PAGE", 2)
    uids: list[str] = []
    page: str | None = None
    for _ in range(3):
        data = school.get("/list", ADMIN, page=page).get_json()["data"]
        uids += [item["uid"] for item in data["items"]]
        page = data["next"]
    assert sorted(uids) == ["1001", "1002", "admin", "dosen", "made"]


@pytest.mark.parametrize("mode", ["open", "verified"])
def test_config_is_for_everybody(
    school: School, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("AUTH_MODE", mode)
    monkeypatch.setenv("SIGN_IN_GOOGLE", "on")
    monkeypatch.setenv("SIGN_IN_DOMAINS", "kampus.test,staff.kampus.test")
    answer = school.get("/config", "")
    assert answer.get_json()["data"] == {
        "google": True, "domains": ["kampus.test", "staff.kampus.test"], "auth_mode": mode,
    }  # fmt: skip
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_an_account_service_that_does_not_answer_is_unavailable(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    from firebase_admin import auth, exceptions

    def fail(*_: object, **__: object) -> None:
        raise exceptions.UnavailableError("no answer")

    monkeypatch.setattr(auth, "get_users", fail)
    assert error(school.get("/list", RATNA, course_id=COURSE)) == (503, "unavailable")
