"""`dev.py people`: a class, a role, a list and the end of an account, at a terminal."""

import argparse
import csv
import os
import stat
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import enrolment
import firebase_admin
import pytest
import requests
from administration import AdminDatabase
from firebase_admin import _user_mgt
from gcloud import Problem

from shared.base.accounts import NewAccount
from shared.google import accounts as service
from shared.google.accounts import Accounts
from shared.google.firestore import Database
from tests.people.school import Door
from tools.paths import PROJECT, PYTHON, ROOT, WINDOWS

COURSE = "cloud-101"


@pytest.fixture
def accounts(
    auth_host: str, firestore_host: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Accounts]:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", auth_host)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
    url = f"http://{auth_host}/emulator/v1/projects/{PROJECT}/accounts"
    requests.delete(url, headers={"Authorization": "Bearer owner"}, timeout=30).raise_for_status()
    yield service.of_project(PROJECT)
    firebase_admin.delete_app(firebase_admin.get_app(f"accounts of {PROJECT}"))


@pytest.fixture
def admin(database: Database, accounts: Accounts) -> AdminDatabase:
    """The database, on the emulator that `accounts` has named."""
    return AdminDatabase(database._root.split("/")[1], dry_run=False)


Import = Callable[..., str]


@pytest.fixture
def import_class(
    admin: AdminDatabase, accounts: Accounts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Import:
    """Imports a file's text; returns what was printed."""

    def run(text: str, answer: bool = True, **more: Any) -> str:
        file = tmp_path / "class.csv"
        file.write_text(text, encoding="utf-8")
        known = {"passwords": None, "links": None, "remove": False, **more}
        arguments = argparse.Namespace(file=file, course=COURSE, **known)
        enrolment.import_class(admin, accounts, arguments, lambda _: answer)
        return capsys.readouterr().out

    return run


def roster(students: int) -> str:
    rows = (f"{n:08};Siti {n};s{n}@kampus.test\n" for n in range(students))
    return "NIM;Nama;Surel\n" + "".join(rows)


def stored(admin: AdminDatabase) -> list[str]:
    document = admin.get(admin.path("rosters", COURSE)) or {"user_ids": []}
    return list(document["user_ids"])


def secrets(file: Path) -> dict[str, str]:
    """The last column of a written file, by NIM."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        return {row["NIM"]: row["Secret"] for row in csv.DictReader(text)}


def test_give_my_forty_five_students_accounts(
    import_class: Import, admin: AdminDatabase, auth_host: str, tmp_path: Path
) -> None:
    file = tmp_path / "passwords.csv"
    said = import_class(roster(45), passwords=file)
    first = secrets(file)
    assert len(first) == len(set(first.values())) == len(stored(admin)) == 45
    signed_in = Door(auth_host).password("s7@kampus.test", first["00000007"])
    assert signed_in["localId"] == "00000007"
    assert not [password for password in first.values() if password in said]
    assert all(len(password) == 14 for password in first.values())


@pytest.mark.skipif(WINDOWS, reason="Windows has no such modes")
@pytest.mark.parametrize("kind", ["passwords", "links"])
def test_a_file_of_secrets_is_for_its_owner_only_and_overwrites_nothing(
    import_class: Import, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "secrets.csv"
    import_class(roster(2), **{kind: file})
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    with pytest.raises(Problem, match="is there already"):
        import_class(roster(3), **{kind: file})
    assert file.read_bytes() == before


def test_links_are_for_those_who_never_signed_in(
    import_class: Import, tmp_path: Path, auth_host: str
) -> None:
    import_class(roster(3))
    Door(auth_host).google("s1@kampus.test")
    file = tmp_path / "links.csv"
    said = import_class(roster(3), links=file)
    links = secrets(file)
    assert sorted(links) == ["00000000", "00000002"]
    assert "oobCode" in links["00000000"]
    assert "oobCode" not in said
    requests.get(links["00000002"] + "&newPassword=my own one", timeout=30).raise_for_status()
    assert "idToken" in Door(auth_host).password("s2@kampus.test", "my own one")


def test_it_shows_what_it_would_do_and_a_no_changes_nothing(
    import_class: Import, admin: AdminDatabase, accounts: Accounts, tmp_path: Path
) -> None:
    file = tmp_path / "passwords.csv"
    said = import_class(roster(2), answer=False, passwords=file)
    assert "2 new, 0 changed, 0 unchanged, 0 in conflict (unchanged), 0 not in the file" in said
    assert "  new       00000001  Siti 1  s1@kampus.test  (line 3)" in said
    assert "Nothing is changed." in said
    assert not accounts.page()[0]
    assert not stored(admin)
    assert not file.exists()


def test_a_second_run_finds_nothing_to_do_and_keeps_passwords(
    import_class: Import, tmp_path: Path, auth_host: str
) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    import_class(roster(3), passwords=first)
    said = import_class(roster(3), passwords=second)
    assert "There is nothing to do." in said
    assert not second.exists()
    password = secrets(first)["00000001"]
    assert "idToken" in Door(auth_host).password("s1@kampus.test", password)


def test_conflicts_are_named_with_their_line_and_leave_the_rest_alone(
    import_class: Import, accounts: Accounts, admin: AdminDatabase
) -> None:
    accounts.add_all(
        [
            NewAccount("dosen", "ratna@kampus.test", "Ratna", "instructor"),
            NewAccount("9", "taken@kampus.test", "Other", "student"),
        ]
    )
    said = import_class(
        "NIM,Nama,Email\n1,A,taken@kampus.test\ndosen,R,ratna@kampus.test\n3,C,\n4,D,d@kampus.test\n"
    )
    assert "1 new, 0 changed, 0 unchanged, 3 in conflict" in said
    assert "1  A  taken@kampus.test  (line 2): another account has this address" in said
    assert "(line 3): this account is not a student's" in said
    assert "(line 4): the file has no address" in said
    assert stored(admin) == ["4"]


def test_a_strangers_account_at_a_students_address_is_shown_and_replaced(
    import_class: Import, accounts: Accounts, auth_host: str
) -> None:
    stranger = Door(auth_host).sign_up("d@kampus.test", "the stranger's")["localId"]
    file = "NIM,Nama,Email\n4,D,d@kampus.test\n"
    assert "(line 2): replaces an account that did not prove" in import_class(file, answer=False)
    assert accounts.by_uid(stranger)
    import_class(file)
    assert accounts.by_uid(stranger) is None
    assert accounts.by_email("d@kampus.test").uid == "4"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["=1+1", "O'Neil; DROP", "<b>x</b>", "Ｘ 😀", '"quoted" name'])
def test_a_hostile_name_is_a_name_and_no_formula_in_the_file(
    import_class: Import, accounts: Accounts, tmp_path: Path, name: str
) -> None:
    quoted = name.replace('"', '""')
    file = tmp_path / "passwords.csv"
    import_class(f'NIM,Nama,Email\n1,"{quoted}",a@kampus.test\n', passwords=file)
    assert accounts.by_uid("1").name == name  # type: ignore[union-attr]
    with file.open(encoding="utf-8-sig", newline="") as text:
        (row,) = csv.DictReader(text)
    assert row["Nama"] == (f"'{name}" if name.startswith("=") else name)


def test_who_is_absent_is_taken_off_the_roster_only_with_remove(
    import_class: Import, admin: AdminDatabase
) -> None:
    import_class(roster(3))
    file = "NIM,Nama,Email\n00000001,Siti 1,s1@kampus.test\n"
    assert "2 not in the file" in import_class(file)
    assert len(stored(admin)) == 3
    assert "absent    00000002" in import_class(file, remove=True)
    assert stored(admin) == ["00000001"]


@pytest.mark.parametrize("text", ["", "name only\n", "NIM,Nama\n1,A\n1,B\n", "NIM,Nama\n,A\n"])
def test_a_file_that_is_no_roster_is_a_problem_with_its_line(
    import_class: Import, text: str
) -> None:
    with pytest.raises(Problem, match="is no roster"):
        import_class(text)


def test_a_file_of_another_coding_or_none_is_a_problem(
    admin: AdminDatabase, accounts: Accounts, tmp_path: Path
) -> None:
    file = tmp_path / "class.csv"
    arguments = argparse.Namespace(
        file=file, course=COURSE, passwords=None, links=None, remove=False
    )
    with pytest.raises(Problem, match="cannot be read"):
        enrolment.import_class(admin, accounts, arguments, lambda _: True)
    file.write_bytes("NIM,Nama\n1,Jos\xe9\n".encode("latin-1"))
    with pytest.raises(Problem, match="not UTF-8"):
        enrolment.import_class(admin, accounts, arguments, lambda _: True)


def test_five_hundred_students_in_one_run(
    import_class: Import, admin: AdminDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: Counter[str] = Counter()
    send = _user_mgt.UserManager._make_request

    def count(self: Any, method: str, path: str, **words: Any) -> Any:
        calls[path] += 1
        return send(self, method, path, **words)

    monkeypatch.setattr(_user_mgt.UserManager, "_make_request", count)
    started = time.monotonic()
    assert "500 new" in import_class(roster(500))
    assert calls == {"/accounts:lookup": 10 + 10, "/accounts:batchCreate": 1}
    assert len(stored(admin)) == 500
    calls.clear()
    assert "There is nothing to do." in import_class(roster(500))
    assert calls == {"/accounts:lookup": 5}
    assert time.monotonic() - started < 60


def grant(accounts: Accounts, email: str, role: str, **more: Any) -> None:
    known = {"name": None, "user_id": None, "links": None, **more}
    enrolment.grant(accounts, argparse.Namespace(email=email, role=role, **known))


def test_a_role_is_granted_to_a_new_account_and_to_one_that_exists(
    accounts: Accounts, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "link.csv"
    grant(accounts, "Ratna@Kampus.test", "instructor", name="Ibu Ratna", links=file)
    made = accounts.by_email("ratna@kampus.test")
    assert made
    assert (made.role, made.name, made.is_verified) == ("instructor", "Ibu Ratna", True)
    assert list(secrets(file)) == [made.uid]
    grant(accounts, "ratna@kampus.test", "admin")
    grant(accounts, "ratna@kampus.test", "admin")
    said = capsys.readouterr().out
    assert "has the role admin now" in said
    assert "has the role admin already" in said
    assert "oobCode" not in said
    assert len(accounts.page()[0]) == 1


@pytest.mark.parametrize(
    ("email", "role", "more", "problem"),
    [
        ("no address", "admin", {}, "no address"),
        ("ani@mail.test", "student", {"user_id": "1"}, "SIGN_IN_DOMAINS"),
        ("ani@kampus.test", "student", {}, "--user-id"),
        ("agus@kampus.test", "admin", {"user_id": "other"}, "belongs to the account agus"),
        ("agus@kampus.test", "student", {}, "last admin"),
        ("stranger@kampus.test", "admin", {}, "did not prove"),
    ],
)
def test_what_may_not_be_granted_is_a_problem(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, auth_host: str,
    email: str, role: str, more: dict[str, str], problem: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("SIGN_IN_DOMAINS", "kampus.test")
    accounts.add_all([NewAccount("agus", "agus@kampus.test", "Agus", "admin")])
    Door(auth_host).sign_up("stranger@kampus.test", "the stranger's")
    with pytest.raises(Problem, match=problem):
        grant(accounts, email, role, **more)
    assert accounts.by_uid("agus").role == "admin"  # type: ignore[union-attr]
    assert accounts.by_email("stranger@kampus.test").role is None  # type: ignore[union-attr]


def test_a_list_shows_all_or_a_course_or_a_role(
    import_class: Import, accounts: Accounts, admin: AdminDatabase,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    import_class(roster(2))
    grant(accounts, "agus@kampus.test", "admin", user_id="agus", name="Agus")
    accounts.delete("00000001")
    capsys.readouterr()
    enrolment.list_accounts(admin, accounts, COURSE, None)
    assert capsys.readouterr().out.splitlines() == [
        "00000000  student  invited  s0@kampus.test  Siti 0",
        "00000001  -  none  s1@kampus.test  Siti 1",
    ]
    enrolment.list_accounts(admin, accounts, None, "admin")
    assert capsys.readouterr().out == "agus  admin  invited  agus@kampus.test  Agus\n"


def test_an_account_is_removed_after_a_question_and_the_last_admin_is_not(
    accounts: Accounts,
) -> None:
    accounts.add_all(
        [
            NewAccount("agus", "agus@kampus.test", "Agus", "admin"),
            NewAccount("1", "ani@kampus.test", "Ani", "student"),
        ]
    )
    enrolment.remove(accounts, "ani@kampus.test", None, lambda _: False)
    assert accounts.by_uid("1")
    enrolment.remove(accounts, "Ani@kampus.test", None, lambda _: True)
    assert accounts.by_uid("1") is None
    for email, uid in (("agus@kampus.test", None), (None, "agus")):
        with pytest.raises(Problem, match="last admin"):
            enrolment.remove(accounts, email, uid, lambda _: True)
    with pytest.raises(Problem, match="no account"):
        enrolment.remove(accounts, None, "nobody", lambda _: True)


def test_the_command_asks_at_a_terminal_only_and_says_what_it_did(
    accounts: Accounts, tmp_path: Path
) -> None:
    file = tmp_path / "class.csv"
    file.write_text(roster(3), encoding="utf-8")
    words = ["people", "import", str(file), "--course", f"c-{os.getpid()}", "--project", PROJECT]
    command: list[str | Path] = [PYTHON, ROOT / "dev.py", *words]
    run = {"capture_output": True, "text": True, "encoding": "utf-8", "stdin": subprocess.DEVNULL}
    refused = subprocess.run(command, check=False, **run)  # type: ignore[call-overload]
    assert refused.returncode == 1
    assert "Add --yes" in refused.stderr
    assert not accounts.page()[0]
    done = subprocess.run([*command, "--yes"], check=False, **run)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    assert "3 new" in done.stdout
    assert len(accounts.page()[0]) == 3
