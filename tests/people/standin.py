"""The account service in memory, for tests that call every endpoint: it answers as the emulator.

`test_accounts.py` compares the two.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from shared.base.accounts import Account, AccountNotFound, AddressTaken, NewAccount
from shared.base.errors import Conflict, Invalid, NotFound

MADE_AT = datetime(2026, 2, 18, 10, 0, tzinfo=UTC)


class StandIn:
    """The accounts of a project."""

    def __init__(self, *known: Account) -> None:
        self.kept = {account.uid: account for account in known}

    def page(self, after: str | None = None) -> tuple[list[Account], str | None]:
        if after:
            raise Invalid("page")  # there is one page, which names no next one
        return sorted(self.kept.values(), key=lambda account: account.uid), None

    def all(self) -> Iterator[Account]:
        return iter(self.page()[0])

    def many(self, uids: Iterable[str] = (), emails: Iterable[str] = ()) -> list[Account]:
        found = [self.kept.get(uid) for uid in uids] + [self.by_email(email) for email in emails]
        return list({account.uid: account for account in found if account}.values())

    def by_uid(self, uid: str) -> Account | None:
        return self.kept.get(uid)

    def by_email(self, email: str) -> Account | None:
        return next((each for each in self.kept.values() if each.email == email != ""), None)

    def add(self, new: NewAccount) -> Account:
        if new.uid in self.kept or self.by_email(new.email):
            raise AddressTaken
        made = Account(
            new.uid, new.email, new.name, {"role": new.role}, bool(new.email), made_at=MADE_AT
        )
        self.kept[new.uid] = made
        return made

    def add_all(self, new: Sequence[NewAccount]) -> dict[str, str]:
        refused = {}
        for each in new:
            try:
                self.add(each)
            except AddressTaken:
                refused[each.uid] = "taken"
        return refused

    def update(self, uid: str, **fields: Any) -> None:
        account = self._kept(uid)
        owner = self.by_email(str(fields.get("email", "")))
        if owner and owner.uid != uid:
            raise AddressTaken
        if fields.get("email", account.email) != account.email:
            fields = {"email_verified": False, **fields}
        names = {
            "email": "email", "display_name": "name", "email_verified": "is_verified",
            "custom_claims": "claims",
        }  # fmt: skip
        changed: dict[str, Any] = {names[n]: v for n, v in fields.items() if n in names}
        self.kept[uid] = replace(account, **changed)

    def update_all(self, changes: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        refused = {}
        for uid, fields in changes.items():
            try:
                self.update(uid, **fields)
            except (Conflict, NotFound, Invalid) as error:
                refused[uid] = error.code
        return refused

    def set_role(self, account: Account, role: str | None) -> None:
        claims = {name: value for name, value in account.claims.items() if name != "role"}
        if role:
            claims["role"] = role
        self.kept[account.uid] = replace(self._kept(account.uid), claims=claims)

    def give_roles(self, accounts: Sequence[Account], role: str) -> None:
        for account in accounts:
            self.set_role(account, role)

    def delete(self, uid: str) -> None:
        self.kept.pop(uid, None)

    def delete_all(self, uids: Sequence[str]) -> None:
        for uid in uids:
            self.delete(uid)

    def password_link(self, email: str) -> str:
        if self.by_email(email) is None:
            raise AccountNotFound
        return f"https://example.test/__/auth/action?mode=resetPassword&oobCode={len(email)}"

    def password_links(self, emails: Sequence[str]) -> list[str]:
        return [self.password_link(email) for email in emails]

    def _kept(self, uid: str) -> Account:
        if uid not in self.kept:
            raise AccountNotFound
        return self.kept[uid]
