"""An import of students: what it makes of their accounts and of a course's roster.

`plan` is pure. An account is made before its holder signs in, with the user_id as uid and the
roster's address, so the first sign-in with Google by that address is one to this account.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from shared.base.accounts import LONGEST_UID, Account, NewAccount, is_allowed
from shared.base.roles import STUDENT
from shared.domain.rosters import Student, merged

if TYPE_CHECKING:
    from shared.google.accounts import Accounts

_NOT_IN_ONE = r"\s@<>\"(),:;\\\[\]\x00-\x1f\x7f"
EMAIL = re.compile(rf"[^{_NOT_IN_ONE}]{{1,64}}@[^{_NOT_IN_ONE}_]{{1,130}}")
Kind = Literal["new", "changed", "unchanged", "conflict", "absent"]
# Why a row changes nothing. `later`: another run changes it. `refused`: by the account service, or
# by what it has had since the plan. An admin's row with `address_not_verified` goes on.
Reason = Literal[
    "uid_too_long", "uid_invalid", "address_missing", "address_invalid", "address_twice",
    "domain_not_allowed", "address_taken", "address_not_verified", "other_role", "other_course",
    "disabled", "signed_in", "later", "refused",
]  # fmt: skip
Rows = Sequence[tuple[int | None, Student]]  # with the line in a file


@dataclass(frozen=True)
class Row:
    """One student of an import. `absent`: the stored roster has them, and the file has not.

    `fields` change in an account that exists. `replaces` is deleted before: it has the address, and
    nobody proved that the address is theirs.
    """

    student: Student
    kind: Kind
    line: int | None = None
    reason: Reason | None = None
    account: Account | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    replaces: Account | None = None

    @property
    def has_new_address(self) -> bool:
        """Whether an account that exists gets another address."""
        return bool(self.account) and "email" in self.fields


@dataclass(frozen=True)
class Plan:
    """What an import does, in the order of the file; who is absent comes last."""

    rows: Sequence[Row]

    def of(self, *kinds: Kind) -> list[Row]:
        """The rows of these kinds."""
        return [row for row in self.rows if row.kind in kinds]

    def counts(self) -> dict[Kind, int]:
        """How many rows there are of each kind."""
        found = Counter(row.kind for row in self.rows)
        kinds: tuple[Kind, ...] = ("new", "changed", "unchanged", "conflict", "absent")
        return {kind: found[kind] for kind in kinds}

    def roster(self, stored: Sequence[Student], *, remove: bool) -> list[Student]:
        """The roster after the import. With `remove` without those who are absent."""
        gone = {row.student.user_id for row in self.of("absent")} if remove else set()
        entries = (row.student for row in self.of("new", "changed", "unchanged"))
        return [each for each in merged(stored, entries) if each.user_id not in gone]

    def keeping(self, uids: Collection[str]) -> Plan:
        """The plan where these accounts keep their address and name."""
        return Plan([_kept(row) if row.student.user_id in uids else row for row in self.rows])

    def up_to(self, most: int) -> Plan:
        """The plan with at most so many changed accounts: the others are for another run."""
        late = {row.student.user_id for row in self.of("changed")[most:]}
        return self._in_conflict(late, "later")

    def without(self, uids: Collection[str]) -> Plan:
        """The plan without those that the service refused."""
        return self._in_conflict(uids, "refused")

    def _in_conflict(self, uids: Collection[str], reason: Reason) -> Plan:
        rows = self.rows
        return Plan(
            [
                replace(row, kind="conflict", reason=reason) if row.student.user_id in uids else row
                for row in rows
            ]
        )


def is_email(text: str) -> bool:
    """Whether a text can be an address, with a domain of at least two parts."""
    return bool(EMAIL.fullmatch(text)) and "." in text.rpartition("@")[2].strip(".")


def is_uid(text: str) -> bool:
    """Whether a new account may have this uid: no space around it, and nothing that is not seen."""
    return text == text.strip() and not any(
        unicodedata.category(letter).startswith("C") for letter in text
    )


def look_up(rows: Rows, accounts: Accounts, also: Sequence[str] = ()) -> list[Account]:
    """The accounts that an import has to know, and `also` those of these uids.

    A call for each hundred rows. Those that have no account with their address yet take as many
    calls again: does the address belong to another account?
    """
    found = accounts.many([*also, *(student.user_id for _, student in rows)])
    known = {(account.uid, account.email) for account in found}
    unknown = [
        student.email
        for _, student in rows
        if is_email(student.email) and (student.user_id, student.email) not in known
    ]
    return [*found, *accounts.many(emails=unknown)]


def plan(
    rows: Rows,
    stored: Iterable[Student],
    accounts: Iterable[Account],
    domains: Sequence[str],
    *,
    is_file: bool = True,
    by_admin: bool = True,
) -> Plan:
    """What an import of these rows does, where there are these accounts and this stored roster.

    Only an admin's (`by_admin`) goes on where a stranger's account waits at an address, and changes
    accounts that are disabled or that signed in and have no role.
    """
    by_uid = {account.uid: account for account in accounts}
    owners = {account.email: account for account in by_uid.values() if account.email}
    uses = Counter(student.email for _, student in rows)
    named = {student.user_id for _, student in rows}
    planned = []
    for line, student in rows:
        account = by_uid.get(student.user_id)
        owner = owners.get(student.email)
        other = owner if owner and owner.uid != student.user_id else None
        reason = (
            _account_conflict(student, account, by_admin=by_admin)
            or _address_conflict(student, account, domains)
            or _owner_conflict(other, is_replaced=by_admin, named=named)
        )
        if student.email and uses[student.email] > 1:
            reason = "address_twice"
        planned.append(_row(line, student, account, reason, other))
    absent = [student for student in stored if is_file and student.user_id not in named]
    return Plan([*planned, *(Row(student, "absent") for student in absent)])


def carry_out(
    plan: Plan, accounts: Accounts, passwords: Mapping[str, str] | None = None
) -> tuple[Plan, list[NewAccount]]:
    """Makes and changes the accounts of a plan. Safe to run again.

    Returns the plan with what the service refused, and the accounts that were made. `passwords`:
    first ones, by user_id. Two calls for each 100 new accounts, which are looked up again: the
    import replaces what was made since the plan. One for each 500 of them, two for each account
    that changes, two for those that are replaced.
    """
    _delete_replaced(plan, accounts)
    first = passwords or {}
    new = (row.student for row in plan.of("new"))
    made = [
        NewAccount(each.user_id, each.email, each.name, STUDENT, first.get(each.user_id, ""))
        for each in new
    ]
    refused = _taken(made, accounts)
    free = [each for each in made if each.uid not in refused]
    refused |= accounts.add_all(free).keys()
    fields = {row.student.user_id: row.fields for row in plan.of("changed")}
    refused |= accounts.update_all(fields).keys()
    return plan.without(refused), [each for each in free if each.uid not in refused]


def _delete_replaced(plan: Plan, accounts: Accounts) -> None:
    """Deletes the accounts that the plan replaces, unless they were proved since it was made."""
    replaced = {
        row.replaces.uid: row.replaces.email for row in plan.of("new", "changed") if row.replaces
    }
    if replaced:
        found = accounts.many(replaced)
        accounts.delete_all(
            [each.uid for each in found if each.is_unproved and each.email == replaced[each.uid]]
        )


def _taken(new: Sequence[NewAccount], accounts: Accounts) -> set[str]:
    """The uids of those whose uid or address has an account by now."""
    if not new:
        return set()
    found = accounts.many((each.uid for each in new), (each.email for each in new))
    uids, emails = {each.uid for each in found}, {each.email for each in found}
    return {each.uid for each in new if each.uid in uids or each.email in emails}


def _account_conflict(
    student: Student, account: Account | None, *, by_admin: bool
) -> Reason | None:
    """Why this uid's account may not be made or changed; None where it may."""
    if len(student.user_id) > LONGEST_UID:
        return "uid_too_long"
    if account is None:
        return None if is_uid(student.user_id) else "uid_invalid"
    if account.role not in (None, STUDENT):
        return "other_role"
    if by_admin:
        return None
    if account.is_disabled:
        return "disabled"
    return "other_role" if account.role is None and account.signed_in_at else None


def _address_conflict(
    student: Student, account: Account | None, domains: Sequence[str]
) -> Reason | None:
    """Why the account may not have this address; None where it may."""
    email = student.email
    if not email:
        return None if account and account.email else "address_missing"
    if not is_email(email):
        return "address_invalid"
    if not is_allowed(email, domains):
        return "domain_not_allowed"
    if account and account.signed_in_at and account.email != email:
        return "signed_in"
    return None


def _owner_conflict(
    other: Account | None, *, is_replaced: bool, named: Collection[str]
) -> Reason | None:
    """Why another account keeps the address; None where there is none or it is replaced."""
    if other is None:
        return None
    if not other.is_unproved or other.uid in named:
        return "address_taken"
    return None if is_replaced else "address_not_verified"


def _row(
    line: int | None,
    student: Student,
    account: Account | None,
    reason: Reason | None,
    other: Account | None,
) -> Row:
    if reason:
        return Row(student, "conflict", line, reason, account)
    if other:
        reason = "address_not_verified"
    if account is None:
        return Row(student, "new", line, reason, replaces=other)
    fields: dict[str, Any] = {}
    if student.name and student.name != account.name:
        fields["display_name"] = student.name
    is_open = student.email and not account.signed_in_at
    if is_open and (student.email != account.email or not account.is_verified):
        fields |= {"email": student.email, "email_verified": True}
    if not account.role:
        fields["custom_claims"] = {**account.claims, "role": STUDENT}
    kind: Kind = "changed" if fields else "unchanged"
    return Row(student, kind, line, reason, account, fields, other)


def _kept(row: Row) -> Row:
    """A row without changes of the account's address and name; in conflict for another address."""
    if row.kind != "changed" or row.account is None:
        return row
    if row.has_new_address and row.student.email != row.account.email:
        return replace(row, kind="conflict", reason="other_course")
    fields = {name: row.fields[name] for name in row.fields if name == "custom_claims"}
    return replace(row, kind="changed" if fields else "unchanged", fields=fields)
