"""The first admin: a link that a deploy prints makes one, once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from people.group import WRONG_LINKS
from shared.base.accounts import NewAccount
from shared.base.errors import Unavailable
from shared.domain import claims
from shared.google.writes import Write
from tests.conftest import LOADED_PROJECT, MovableClock
from tests.people.credentials import SECRET
from tests.people.school import ADMIN, ANI, MADE, Door, School, bearer, claims_of, error

PASSWORD = "a password of mine"
AGUS = {"email": "first@kampus.test", "name": "Agus", "password": PASSWORD}


@pytest.fixture(autouse=True)
def _deployed_a_moment_ago(school: School) -> None:
    """Nobody is admin yet."""
    school.accounts.delete(ADMIN.uid)


@pytest.fixture
def link(clock: MovableClock) -> Callable[..., str]:
    """Makes a link, as `infra/cloud.py after` does."""

    def make(nonce: str = "n" * 32) -> str:
        return claims.sealed(LOADED_PROJECT, SECRET, nonce, clock())

    return make


Link = Callable[..., str]


def role(school: School, email: str) -> object:
    found = school.accounts.by_email(email)
    return found and found.role


def test_i_deployed_and_get_in_with_a_password_of_my_own(
    school: School, door: Door, link: Link
) -> None:
    answer = school.post("/claim", "", link=link(), **AGUS)
    assert answer.get_json()["data"]["email"] == "first@kampus.test"
    said = claims_of(door.password("first@kampus.test", PASSWORD)["idToken"])
    assert (said["role"], said["name"]) == ("admin", "Agus")


def test_i_deployed_and_get_in_with_google(
    school: School, door: Door, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGN_IN_GOOGLE", "on")
    school.post("/claim", "", link=link(), email="first@kampus.test")
    assert claims_of(door.google("first@kampus.test")["idToken"])["role"] == "admin"


def test_who_is_signed_in_becomes_admin_and_stays_signed_in(
    school: School, door: Door, link: Link
) -> None:
    school.accounts.update("made", password=PASSWORD)
    refresh = door.password(MADE.email, PASSWORD)["refreshToken"]
    answer = school.post("/claim", MADE, link=link())
    assert answer.get_json()["data"] == {"uid": "made", "email": MADE.email}
    assert role(school, MADE.email) == "admin"
    assert door.refreshed(refresh)["role"] == "admin"


def test_a_link_counts_once(school: School, door: Door, link: Link) -> None:
    assert school.post("/claim", "", link=link(), **AGUS).status_code == 200
    again = {**AGUS, "password": "of who found the link"}
    assert error(school.post("/claim", "", link=link(), **again)) == (410, "claim_used")
    assert "idToken" in door.password("first@kampus.test", PASSWORD)
    other = {**AGUS, "email": "second@kampus.test"}
    assert error(school.post("/claim", "", link=link(), **other)) == (410, "claim_used")
    school.accounts.delete(school.accounts.by_email("first@kampus.test").uid)  # type: ignore[union-attr]
    for body in (other, AGUS):
        assert error(school.post("/claim", "", link=link(), **body)) == (410, "claim_used")


def test_a_second_link_makes_no_second_admin_while_there_is_the_first(
    school: School, link: Link, clock: MovableClock
) -> None:
    school.post("/claim", "", link=link("a" * 32), **AGUS)
    second = {**AGUS, "email": "second@kampus.test"}
    assert error(school.post("/claim", "", link=link("b" * 32), **second)) == (409, "admin_exists")
    school.accounts.delete(school.accounts.by_email("first@kampus.test").uid)  # type: ignore[union-attr]
    clock.move(minutes=2)
    assert school.post("/claim", "", link=link("b" * 32), **second).status_code == 200


def test_a_link_makes_no_admin_where_one_was_made_without_a_link(
    school: School, link: Link
) -> None:
    school.accounts.add_all([ADMIN])
    for who, body in (("", AGUS), (MADE, {})):
        answer = school.post("/claim", who, link=link(), **body)
        assert error(answer) == (409, "admin_exists")
    assert role(school, AGUS["email"]) is None
    assert role(school, MADE.email) == "instructor"


def test_where_the_first_admin_has_another_role_now_another_admin_is_found(
    school: School, link: Link, clock: MovableClock
) -> None:
    uid = school.post("/claim", "", link=link("a" * 32), **AGUS).get_json()["data"]["uid"]
    school.accounts.add_all([ADMIN])
    school.post("/role", ADMIN, uid=uid, role="instructor")
    clock.move(minutes=2)
    second = {**AGUS, "email": "second@kampus.test"}
    assert error(school.post("/claim", "", link=link("b" * 32), **second)) == (409, "admin_exists")
    assert role(school, "second@kampus.test") is None


def test_an_admin_is_found_on_any_page_of_the_accounts(
    school: School, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.accounts.add_all([NewAccount("zz-last", "zz@kampus.test", "Zainal", "admin")])
    monkeypatch.setattr("shared.google.accounts.PAGE", 1)
    assert error(school.post("/claim", "", link=link(), **AGUS)) == (409, "admin_exists")


def test_an_admin_who_can_not_sign_in_keeps_nobody_out(school: School, link: Link) -> None:
    school.accounts.add_all([ADMIN])
    school.accounts.update(ADMIN.uid, disabled=True)
    assert school.post("/claim", "", link=link(), **AGUS).status_code == 200


def test_the_white_space_after_a_stored_secret_does_not_count(
    school: School, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a shell's echo leaves it; the command that prints the link reads it without."""
    monkeypatch.setenv("PEOPLE_SECRET", SECRET + "\n")
    assert school.post("/claim", "", link=link(), **AGUS).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text.replace("n", "m", 1),
        lambda text: "9" + text,
        lambda text: text + "0",
        lambda text: "x",
        lambda text: text.upper(),
        lambda text: text + "\n",
    ],
)
def test_a_link_with_a_changed_letter_is_nobodys(
    school: School, link: Link, changed: Callable[[str], str]
) -> None:
    answer = school.post("/claim", "", link=changed(link()), **AGUS)
    assert error(answer) == (401, "claim_invalid")
    assert role(school, "first@kampus.test") is None


@pytest.mark.parametrize(("project", "secret"), [("other", SECRET), (LOADED_PROJECT, "x" * 32)])
def test_a_link_of_another_project_or_secret_is_nobodys(
    school: School, clock: MovableClock, project: str, secret: str
) -> None:
    foreign = claims.sealed(project, secret, "n" * 32, clock())
    assert error(school.post("/claim", "", link=foreign, **AGUS)) == (401, "claim_invalid")


def test_a_link_is_over_after_a_day(school: School, link: Link, clock: MovableClock) -> None:
    old = link()
    clock.move(hours=24)
    assert error(school.post("/claim", "", link=old, **AGUS)) == (410, "claim_expired")


def test_the_password_of_an_account_that_exists_is_not_changed_by_a_link(
    school: School, door: Door, link: Link
) -> None:
    school.accounts.update("made", password="made's own")
    body = {"email": MADE.email, "password": PASSWORD}
    assert error(school.post("/claim", "", link=link(), **body)) == (409, "sign_in_first")
    assert "idToken" in door.password(MADE.email, "made's own")
    assert role(school, MADE.email) == "instructor"
    assert school.post("/claim", MADE, link=link()).status_code == 200, "the link is still good"


def test_a_strangers_account_that_waits_at_the_address_becomes_no_admin(
    school: School, door: Door, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGN_IN_GOOGLE", "on")
    door.sign_up("first@kampus.test", "the stranger's")
    answer = school.post("/claim", "", link=link(), email="first@kampus.test")
    assert error(answer) == (409, "sign_in_first")
    assert role(school, "first@kampus.test") is None


def test_only_addresses_of_our_domains_claim(
    school: School, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGN_IN_DOMAINS", "staff.kampus.test")
    for who, body in (("", AGUS), (MADE, {})):
        answer = school.post("/claim", who, link=link(), **body)
        assert error(answer) == (400, "domain_not_allowed")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (400, "missing_field: email")),
        ({"email": "first@kampus.test"}, (400, "missing_field: password")),
        ({**AGUS, "password": "too short"}, (400, "invalid_field: password")),
        ({**AGUS, "email": "no address"}, (400, "invalid_field: email")),
    ],
)
def test_what_nobody_could_sign_in_with_is_refused_and_the_link_stays_good(
    school: School, link: Link, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert error(school.post("/claim", "", link=link(), **body)) == refusal
    assert school.post("/claim", "", link=link(), **AGUS).status_code == 200


def test_a_token_that_is_none_or_of_nobody_does_not_claim(school: School, link: Link) -> None:
    assert error(school.post("/claim", "rubbish", link=link()))[0] == 401
    school.accounts.delete("made")
    assert error(school.post("/claim", MADE, link=link())) == (401, "unauthorized")


def test_a_claim_that_broke_off_is_finished_by_the_same_person_and_by_nobody_else(
    school: School, link: Link, monkeypatch: pytest.MonkeyPatch, door: Door
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable

    with monkeypatch.context() as broken:
        broken.setattr(school.accounts, "_set_claims", fail)
        assert error(school.post("/claim", "", link=link(), **AGUS)) == (503, "unavailable")
    other = {**AGUS, "email": "second@kampus.test"}
    assert error(school.post("/claim", "", link=link(), **other)) == (410, "claim_used")
    again = {**AGUS, "password": "another password"}
    assert school.post("/claim", "", link=link(), **again).status_code == 200
    assert claims_of(door.password("first@kampus.test", "another password")["idToken"])["role"] == (
        "admin"
    )


def test_a_claim_whose_answer_was_lost_is_used_and_its_password_stays(
    school: School, link: Link, monkeypatch: pytest.MonkeyPatch, door: Door
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(school.store, "end_claim", fail)
    assert error(school.post("/claim", "", link=link(), **AGUS)) == (503, "unavailable")
    found_later = {**AGUS, "password": "of who found the link"}
    assert error(school.post("/claim", "", link=link(), **found_later)) == (410, "claim_used")
    assert "idToken" in door.password("first@kampus.test", PASSWORD)


def test_who_is_signed_in_may_repeat_a_claim_whose_answer_was_lost(
    school: School, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable

    with monkeypatch.context() as broken:
        broken.setattr(school.store, "end_claim", fail)
        assert error(school.post("/claim", MADE, link=link())) == (503, "unavailable")
    assert school.post("/claim", MADE, link=link()).status_code == 200


def test_while_one_link_is_making_an_admin_another_waits_a_minute(
    school: School, link: Link, clock: MovableClock
) -> None:
    admin = {"uid": "admin-in-the-making", "at": clock()}
    school.database.commit(Write.set(school.database.path("claims", "admin"), admin))
    clock.move(seconds=59)
    assert error(school.post("/claim", "", link=link(), **AGUS)) == (409, "conflict")
    assert role(school, "first@kampus.test") is None
    clock.move(seconds=1)
    assert school.post("/claim", "", link=link(), **AGUS).status_code == 200


def test_of_many_who_open_links_at_once_one_becomes_admin(school: School, link: Link) -> None:
    links = [link(f"{number:032}") for number in range(6)]
    bodies = [{**AGUS, "email": f"p{number}@kampus.test"} for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda pair: school.post("/claim", "", link=pair[0], **pair[1]),
                     zip(links, bodies, strict=True))
        )  # fmt: skip
    accounts, _ = school.accounts.page()
    admins = [each for each in accounts if each.role == "admin"]
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(admins) == len(won) == 1


def test_wrong_links_are_limited_by_address(
    school: School, link: Link, clock: MovableClock
) -> None:
    for _ in range(WRONG_LINKS):
        assert school.post("/claim", "", link="x", **AGUS).status_code == 401
    answer = school.post("/claim", "", link=link(), **AGUS)
    assert error(answer) == (429, "too_many_claims")
    clock.move(seconds=float(answer.headers["Retry-After"]))
    assert school.post("/claim", "", link=link(), **AGUS).status_code == 200


def test_what_is_stored_of_a_claim_ends_by_itself(
    school: School, link: Link, clock: MovableClock
) -> None:
    school.post("/claim", "", link=link(), **AGUS)
    stored = school.database.get(school.database.path("claims", "n" * 32)) or {}
    assert stored["purge_at"] == clock() + timedelta(days=2)
    assert PASSWORD not in str(stored)


def test_a_student_who_holds_the_link_is_the_person_who_deployed(
    school: School, link: Link
) -> None:
    assert school.post("/claim", bearer(ANI), link=link()).status_code == 200
    assert role(school, ANI.email) == "admin"
