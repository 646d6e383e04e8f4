"""The account service: the stand-in answers as the emulator; calls are few; hashes are as agreed."""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from firebase_admin import _user_mgt, auth, exceptions

from shared.base.accounts import NewAccount
from shared.base.errors import ApiError, Unavailable
from shared.google import accounts
from shared.google.accounts import Accounts
from tests.people.school import School
from tests.people.standin import StandIn

ANI = NewAccount("1001", "ani@kampus.test", "Ani", "student")
BUDI = NewAccount("1002", "budi@kampus.test", "", "student")


def story(service: Any) -> Iterator[object]:
    """What a service answers to a row of calls; an error by its code."""

    def attempt(call: Any) -> object:
        try:
            return call()
        except ApiError as error:
            return str(error)

    def seen(uid: str) -> object:
        found = service.by_uid(uid)
        return found and (
            found.uid, found.email, found.name, found.role, found.is_verified, found.state,
        )  # fmt: skip

    yield service.add_all([ANI, BUDI])
    yield from map(seen, ("1001", "1002", "nobody"))
    yield sorted(service.add_all([NewAccount("1003", ANI.email, "X", "student")]))
    yield attempt(lambda: service.add(NewAccount("1004", ANI.email, "X", "owner")))
    yield attempt(lambda: service.add(NewAccount("1001", "new@kampus.test", "X", "owner")))
    yield attempt(lambda: service.add(NewAccount("1005", "eka@kampus.test", "Eka", "owner")).uid)
    yield seen("1005")
    yield attempt(lambda: service.update("1002", email=ANI.email))
    yield attempt(lambda: service.update("nobody", display_name="X"))
    yield attempt(lambda: service.update("1002", display_name="Budi", email="b@kampus.test"))
    yield seen("1002")
    yield service.update_all({"1002": {"email": ANI.email}, "1001": {"display_name": "A"}})
    yield seen("1001")
    yield attempt(lambda: service.set_role(service.by_uid("1001"), None))
    yield seen("1001")
    service.give_roles([service.by_uid("1001")], "student")
    yield seen("1001")
    yield attempt(lambda: "mode=resetPassword" in service.password_link(ANI.email))
    yield attempt(lambda: service.password_link("nobody@kampus.test"))
    yield sorted(each.uid for each in service.many(["1001", "x"], ["b@kampus.test", ANI.email]))
    service.delete("1005")
    service.delete("1005")
    yield seen("1005")
    yield service.update_all({"1001": {"custom_claims": {"role": "owner", "faculty": "law"}}})
    yield seen("1001")
    service.delete_all(["1002", "1002", "nobody"])
    yield sorted(each.uid for each in service.page()[0])


def test_the_stand_in_answers_as_the_emulator(service: Accounts) -> None:
    assert list(story(StandIn())) == list(story(service))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each method of the account service is called."""
    counted: Counter[str] = Counter()
    send = _user_mgt.UserManager._make_request

    def count(self: Any, method: str, path: str, **words: Any) -> Any:
        counted[path] += 1
        return send(self, method, path, **words)

    monkeypatch.setattr(_user_mgt.UserManager, "_make_request", count)
    return counted


def roster(students: int) -> str:
    rows = (f"{n:08},Student {n},s{n}@kampus.test\n" for n in range(students))
    return "NIM,Nama,Email\n" + "".join(rows)


def test_a_class_of_five_hundred_takes_two_dozen_calls_and_again_six(
    school: School, calls: Counter[str]
) -> None:
    data = school.import_class(roster(500))
    assert data["counts"]["new"] == 500
    # by uid with the caller's, by address, and both again right before the import
    assert calls == {"/accounts:lookup": 6 + 5 + 10, "/accounts:batchCreate": 1}
    calls.clear()
    assert school.import_class(roster(500))["counts"]["unchanged"] == 500
    assert calls == {"/accounts:lookup": 6}


def test_an_import_of_two_thousand_is_taken_and_of_more_is_not(
    school: School, calls: Counter[str]
) -> None:
    assert school.import_class(roster(1_999))["counts"]["new"] == 1_999
    assert calls == {"/accounts:lookup": 20 + 20 + 40, "/accounts:batchCreate": 4}
    body = {"course_id": "cloud-101", "csv": roster(2_001)}
    from tests.people.school import RATNA

    assert school.post("/import", RATNA, **body).get_json()["error"] == "invalid_field: csv"


def test_only_what_changes_is_two_calls_more(school: School, calls: Counter[str]) -> None:
    school.import_class(roster(20))
    calls.clear()
    file = roster(20).replace("Student 3,", "Student three,").replace("s4@", "four@")
    assert school.import_class(file)["counts"]["changed"] == 2
    # a look-up by uid and one by the new address; after an update the SDK reads the account again
    assert calls == {"/accounts:lookup": 2 + 2, "/accounts:update": 2}


def test_a_password_goes_to_the_cloud_as_its_hash(
    service: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The emulator takes no hash of ours, so what would be sent is looked at."""
    sent: dict[str, Any] = {}

    def keep(users: Any, hash_alg: Any, app: Any) -> Any:
        sent.update(users=users, hash=hash_alg.to_dict())
        return auth.UserImportResult({}, len(users))

    monkeypatch.setattr(auth, "import_users", keep)
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST")
    service.add_all([NewAccount("1001", ANI.email, "Ani", "student", "a first password"), BUDI])
    with_password, without = sent["users"]
    expected = hashlib.scrypt(
        b"a first password", salt=with_password.password_salt, n=4096, r=8, p=1, dklen=32
    )
    assert with_password.password_hash == expected
    assert without.password_hash is None
    assert sent["hash"] == {
        "hashAlgorithm": "STANDARD_SCRYPT", "cpuMemCost": 4096, "parallelization": 1,
        "blockSize": 8, "dkLen": 32,
    }  # fmt: skip


def test_many_look_ups_keep_every_account(service: Accounts) -> None:
    new = [NewAccount(f"{n}", f"s{n}@kampus.test", f"S {n}", "student") for n in range(350)]
    service.add_all(new)
    wanted = random.sample([each.uid for each in new], 250)
    assert {each.uid for each in service.many(wanted)} == set(wanted)
    assert service.many(["", "x" * 129], ["", "@", "a@", "a@b@c"]) == []


@pytest.mark.parametrize(
    "error",
    [
        exceptions.UnavailableError,
        exceptions.DeadlineExceededError,
        exceptions.ResourceExhaustedError,
    ],
)
def test_a_service_that_cannot_answer_is_unavailable(
    service: Accounts, monkeypatch: pytest.MonkeyPatch, error: Any
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error("x")

    for name in ("get_users", "list_users", "create_user", "delete_user", "delete_users"):
        monkeypatch.setattr(auth, name, fail)
    for call in (
        lambda: service.many(["x"]), service.page, lambda: service.add(ANI),
        lambda: service.delete("x"), lambda: service.delete_all(["x"]),
    ):  # fmt: skip
        with pytest.raises(Unavailable):
            call()


def test_a_call_without_an_answer_is_a_reason_of_each_of_its_accounts(
    service: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_users: Any = auth.import_users

    def fail(users: Any, **words: Any) -> Any:
        if users[0].uid == "1002":
            raise exceptions.UnavailableError("x")
        return import_users(users, **words)

    monkeypatch.setattr(accounts, "IMPORT", 1)
    monkeypatch.setattr(auth, "import_users", fail)
    new = [ANI, BUDI, NewAccount("1003", "citra@kampus.test", "Citra", "student")]
    assert service.add_all(new) == {"1002": "unavailable"}
    assert {each.uid for each in service.page()[0]} == {"1001", "1003"}


def test_the_project_of_a_function_is_found_once(
    monkeypatch: pytest.MonkeyPatch, auth_host: str
) -> None:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", auth_host)
    assert accounts.of_project("demo-once")._app is accounts.of_project("demo-once")._app
