"""Accounts of people: a whole class from a file, one with a role, a list, the end of one.

  people import class.csv --course ID --project P   shows what it would do, asks, and does it
  people grant --email E --role instructor --project P
  people list [--course ID] [--role R] --project P
  people remove --email E | --user-id U --project P   the sign-in only; `forget` deletes data

Works with your own credentials (gcloud auth application-default login), or on the emulators that
FIRESTORE_EMULATOR_HOST and FIREBASE_AUTH_EMULATOR_HOST name. Safe to run again: a second run
changes nothing.
"""

import argparse
import csv
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from administration import AdminDatabase, use_settings_of
from gcloud import Problem
from google.auth.exceptions import GoogleAuthError

from shared.base import clock
from shared.base.accounts import Account, NewAccount, domains, is_allowed
from shared.base.errors import ApiError
from shared.base.roles import ADMIN, ROLES, STUDENT
from shared.domain import people, rosters
from shared.domain.enrolment import change_roster
from shared.domain.formulas import is_formula
from shared.domain.people import Plan
from shared.domain.rosters import Student
from shared.google.accounts import Accounts, of_project

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # a password is read from paper and typed
GROUPS, GROUP = 3, 4  # of letters: 59 bits
MOST_SHOWN = 40  # rows
REASONS = {
    "uid_too_long": "the number has more than 128 characters",
    "uid_invalid": "the number has characters that are not seen",
    "address_missing": "the file has no address, and there is no account with one",
    "address_invalid": "this is no address",
    "address_twice": "the address is there twice",
    "domain_not_allowed": "the domain is not in SIGN_IN_DOMAINS",
    "address_taken": "another account has this address",
    "address_not_verified": "replaces an account that did not prove this address",
    "other_role": "this account is not a student's",
    "signed_in": "the address of a person who has signed in stays: they change it themselves",
    "refused": "the account service refused it or did not answer: run it again",
}
Rows = Iterable[Sequence[str]]


def import_class(
    database: AdminDatabase,
    accounts: Accounts,
    arguments: argparse.Namespace,
    agreed: Callable[[str], bool],
) -> None:
    """Gives the students of a file accounts and puts them on the roster. Raises Problem."""
    _require_free(arguments.passwords or arguments.links)
    stored = rosters.from_document(database.get(database.path("rosters", arguments.course)))
    rows = rosters.with_known_emails(_read(arguments.file), stored)
    plan = people.plan(rows, stored, people.look_up(rows, accounts), domains())
    _show(plan, remove=arguments.remove)
    changes = plan.of("new", "changed")
    after = plan.roster(stored, remove=arguments.remove)
    if not changes and after == stored and not arguments.links:
        print("There is nothing to do.")
        return
    if not agreed(f"Change {len(changes)} accounts and the roster of {arguments.course}?"):
        print("Nothing is changed.")
        return
    started = time.monotonic()
    passwords = _first_passwords(plan, arguments.passwords)
    done, made = people.carry_out(plan, accounts, passwords)
    change = partial(done.roster, remove=arguments.remove)
    change_roster(database, arguments.course, change, clock.now())
    print(f"Done in {time.monotonic() - started:.1f} s. {_sentence(done)}")
    for row in done.of("conflict"):
        if row.reason == "refused":
            print(f"  {row.student.user_id}: {REASONS['refused']}")
    if arguments.passwords:
        _write_passwords(arguments.passwords, made)
    if arguments.links:
        _write_links(arguments.links, accounts, [row.student.user_id for row in done.rows])


def grant(accounts: Accounts, arguments: argparse.Namespace) -> None:
    """Gives the account of an address a role; makes the account where there is none.

    Raises Problem.
    """
    email, role = arguments.email.strip().lower(), arguments.role
    if not people.is_email(email):
        raise Problem(f"{email} is no address.")
    if not is_allowed(email, domains()):
        raise Problem(f"{email} is not of SIGN_IN_DOMAINS: {', '.join(domains())}")
    _require_free(arguments.links)
    found = accounts.by_email(email)
    if found is None:
        if role == STUDENT and not arguments.user_id:
            raise Problem("A student's account needs --user-id: the number they check in with.")
        uid = arguments.user_id or secrets.token_hex(14)
        found = accounts.add(NewAccount(uid, email, arguments.name or "", role))
        print(f"Made the account of {email} with the role {role}, uid {uid}.")
    else:
        _grant_to(accounts, found, arguments)
    if arguments.links:
        _write_links(arguments.links, accounts, [found.uid])
    elif not found.signed_in_at:
        print("They sign in with Google, or set a password by a link: --links FILE writes one.")


def list_accounts(
    database: AdminDatabase, accounts: Accounts, course: str | None, role: str | None
) -> None:
    """Prints a line for each account; of a course, for each student of its roster."""
    for cells in _listed(database, accounts, course, role):
        print("  ".join(cells).rstrip())


def remove(
    accounts: Accounts, email: str | None, uid: str | None, agreed: Callable[[str], bool]
) -> None:
    """Deletes an account. Raises Problem where there is none, and for the last admin."""
    found = accounts.by_email(email.strip().lower()) if email else accounts.by_uid(uid or "")
    if found is None:
        raise Problem(f"There is no account of {email or uid}.")
    if found.role == ADMIN:
        _require_another_admin(accounts, found)
    name = f"{found.email or found.uid} ({found.role or 'no role'})"
    if not agreed(f"Delete the account of {name}? What they did stays: dev.py forget deletes it."):
        print("Nothing is changed.")
        return
    accounts.delete(found.uid)
    print(f"Deleted the account of {name}.")


def _grant_to(accounts: Accounts, found: Account, arguments: argparse.Namespace) -> None:
    if arguments.user_id and arguments.user_id != found.uid:
        raise Problem(f"{found.email} belongs to the account {found.uid}.")
    if not found.is_verified:
        raise Problem(
            f"The account of {found.email} was made by a person who did not prove that the "
            f"address is theirs. Remove it first: people remove --user-id {found.uid}"
        )
    if found.role == ADMIN and arguments.role != ADMIN:
        _require_another_admin(accounts, found)
    if arguments.name and arguments.name != found.name:
        accounts.update(found.uid, display_name=arguments.name)
    if found.role == arguments.role:
        print(f"{found.email} has the role {found.role} already.")
        return
    accounts.set_role(found, arguments.role)
    print(f"{found.email} has the role {arguments.role} now; tokens of before last an hour.")


def _require_another_admin(accounts: Accounts, found: Account) -> None:
    if not any(each.is_admin and each.uid != found.uid for each in accounts.all()):
        raise Problem(f"{found.email or found.uid} is the last admin: grant another one first.")


def _listed(
    database: AdminDatabase, accounts: Accounts, course: str | None, role: str | None
) -> Iterator[tuple[str, ...]]:
    if course:
        students = rosters.from_document(database.get(database.path("rosters", course)))
        found = accounts.many(student.user_id for student in students)
        known = {account.uid: account for account in found}
        for student in students:
            account = known.get(student.user_id)
            has = str(account.role or "-") if account else "-"
            state = account.state if account else "none"
            email = (account.email if account else "") or student.email
            if role in (None, has):
                yield student.user_id, has, state, email, student.name
        return
    for account in accounts.all():
        has = str(account.role or "-")
        if account.is_person and role in (None, has):
            yield account.uid, has, account.state, account.email, account.name


def _read(file: Path) -> list[tuple[int, Student]]:
    """The students of a file with their lines. Raises Problem."""
    try:
        return rosters.read_lines(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Problem(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Problem(f"{file} is not UTF-8: save it as *CSV UTF-8*.") from error
    except ApiError as error:
        raise Problem(
            f"{file} is no roster ({error}): it needs the columns NIM, name and e-mail, and each "
            "number once. The number after csv is the line."
        ) from error


def _show(plan: Plan, *, remove: bool) -> None:
    """Prints what would happen, some of it by name."""
    print(_sentence(plan))
    shown = [*plan.of("new", "changed", "conflict"), *(plan.of("absent") if remove else ())]
    for row in shown[:MOST_SHOWN]:
        student, where = row.student, f"line {row.line}" if row.line else "not in the file"
        why = f": {REASONS[row.reason]}" if row.reason else ""
        print(f"  {row.kind:<9} {student.user_id}  {student.name}  {student.email}  ({where}){why}")
    if len(shown) > MOST_SHOWN:
        print(f"  … and {len(shown) - MOST_SHOWN} more")


def _sentence(plan: Plan) -> str:
    counts = plan.counts()
    return (
        f"{counts['new']} new, {counts['changed']} changed, {counts['unchanged']} unchanged, "
        f"{counts['conflict']} in conflict (unchanged), {counts['absent']} not in the file"
    )


def _first_passwords(plan: Plan, file: Path | None) -> dict[str, str]:
    """Passwords for new accounts, if a file is named; written before an account has one."""
    if file is None:
        return {}
    new = [row.student for row in plan.of("new")]
    passwords = {student.user_id: _password() for student in new}
    _write(file, [(each.user_id, each.name, each.email, passwords[each.user_id]) for each in new])
    return passwords


def _password() -> str:
    letters = (secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP))
    text = "".join(letters)
    return "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


def _write_passwords(file: Path, made: Sequence[NewAccount]) -> None:
    """Writes the file again, with those that were made."""
    _write(file, [(each.uid, each.name, each.email, each.password) for each in made])
    print(f"{file} has {len(made)} first passwords. Hand them over, and delete it.")


def _write_links(file: Path, accounts: Accounts, uids: Sequence[str]) -> None:
    """Writes a link for each of these who never signed in."""
    waiting = [each for each in accounts.many(uids) if each.email and each.state == "invited"]
    waiting.sort(key=lambda account: account.uid)
    links = accounts.password_links([each.email for each in waiting])
    rows = zip(waiting, links, strict=True)
    _write(file, [(each.uid, each.name, each.email, link) for each, link in rows])
    print(f"{file} has {len(links)} links to set a password, each good once and for an hour.")


def _require_free(file: Path | None) -> None:
    if file and file.exists():
        raise Problem(f"{file} is there already, and is not overwritten.")


def _write(file: Path, rows: Rows) -> None:
    """Writes a file that only its owner can read, where the system has such a thing."""
    file.touch(mode=0o600)
    with file.open("w", encoding="utf-8-sig", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(["NIM", "Nama", "Email", "Secret"])
        writer.writerows([f"'{cell}" if is_formula(cell) else cell for cell in row] for row in rows)


def _ask(question: str) -> bool:
    """Whether the person at the terminal says yes. Raises Problem without one."""
    if not sys.stdin.isatty():
        raise Problem("Nothing is changed: there is no terminal to ask at. Add --yes.")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes", "ya")


def main() -> int:
    arguments = _parser().parse_args()
    use_settings_of(arguments.project)
    # One's own credentials name no project that pays for calls of the account service.
    os.environ.setdefault("GOOGLE_CLOUD_QUOTA_PROJECT", arguments.project)
    agreed = (lambda _: True) if arguments.yes else _ask
    try:
        _run(arguments, agreed)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except GoogleAuthError as error:
        print(f"\n{error}\nRun: gcloud auth application-default login", file=sys.stderr)
        return 1
    except ApiError as error:
        print(f"\n{error}: run it again. What is done stays done.", file=sys.stderr)
        return 1
    return 0


def _run(arguments: argparse.Namespace, agreed: Callable[[str], bool]) -> None:
    accounts = of_project(arguments.project)
    database = AdminDatabase(arguments.project, dry_run=False)
    match arguments.action:
        case "import":
            import_class(database, accounts, arguments, agreed)
        case "grant":
            grant(accounts, arguments)
        case "list":
            list_accounts(database, accounts, arguments.course, arguments.role)
        case "remove":
            remove(accounts, arguments.email, arguments.user_id, agreed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="people", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    commands = {name: actions.add_parser(name) for name in ("import", "grant", "list", "remove")}
    for command in commands.values():
        command.add_argument("--project", required=True, metavar="ID")
        command.add_argument("--yes", action="store_true", help="without a question")
    of_class = commands["import"]
    of_class.add_argument("file", type=Path, metavar="FILE")
    of_class.add_argument("--course", required=True, metavar="ID")
    of_class.add_argument("--remove", action="store_true", help="take who is absent off the roster")
    secret = of_class.add_mutually_exclusive_group()
    secret.add_argument("--passwords", type=Path, metavar="FILE", help="write first passwords")
    secret.add_argument("--links", type=Path, metavar="FILE", help="write links to set one")
    one = commands["grant"]
    one.add_argument("--email", required=True)
    one.add_argument("--role", required=True, choices=ROLES)
    one.add_argument("--name")
    one.add_argument("--user-id", metavar="ID")
    one.add_argument("--links", type=Path, metavar="FILE", help="write a link to set a password")
    commands["list"].add_argument("--course", metavar="ID")
    commands["list"].add_argument("--role", choices=ROLES)
    who = commands["remove"].add_mutually_exclusive_group(required=True)
    who.add_argument("--email")
    who.add_argument("--user-id", metavar="ID")
    return parser


if __name__ == "__main__":
    sys.exit(main())
