"""The account service, Firebase Authentication, as a handful of calls of its Admin SDK.

The SDK is loaded by the first call. Each call raises Unavailable where the service does not answer.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from shared.base import settings
from shared.base.accounts import (
    LONGEST_UID,
    Account,
    AccountNotFound,
    AddressTaken,
    NewAccount,
)
from shared.base.errors import Conflict, Invalid, NotFound, Unavailable
from shared.base.once import once

PAGE = 1_000  # accounts
LOOK_UP = 100  # accounts in one call, as the service allows
IMPORT = 500  # accounts in one call; the service allows 1,000
DELETE = 1_000  # accounts in one call, as the service allows
AT_ONCE = 8  # calls
PATIENCE = 20  # seconds that a call may take: an import of 500 takes longer than a look-up
PATIENCE_OF_A_REQUEST = 6  # the same where a request needs one look-up
# How a password is hashed that an import brings. It is drawn, never chosen: no dictionary has it.
_SCRYPT = {"n": 4096, "r": 8, "p": 1, "dklen": 32}

T = TypeVar("T")
R = TypeVar("R")


class Accounts:
    """The accounts of one project. `app`: the Admin SDK's."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def page(self, after: str | None = None) -> tuple[list[Account], str | None]:
        """Up to PAGE accounts, and where the next page begins; None after the last. 1 call.

        Raises Invalid for a beginning that the service does not know.
        """
        from firebase_admin import auth

        with _refusals("page"):
            page = auth.list_users(page_token=after, max_results=PAGE, app=self._app)
        return [_account(user) for user in page.users], page.next_page_token or None

    def all(self) -> Iterator[Account]:
        """Every account, PAGE at a time: a call for each page that somebody asks for."""
        after: str | None = None
        while True:
            accounts, after = self.page(after)
            yield from accounts
            if after is None:
                return

    def many(self, uids: Iterable[str] = (), emails: Iterable[str] = ()) -> list[Account]:
        """Those of these accounts that there are. A call for each LOOK_UP names, several at once.

        What cannot be a uid or an address is nobody's.
        """
        from firebase_admin import auth

        names: list[Any] = [
            auth.UidIdentifier(uid) for uid in dict.fromkeys(uids) if 0 < len(uid) <= LONGEST_UID
        ]
        names += [
            auth.EmailIdentifier(email) for email in dict.fromkeys(emails) if _is_email(email)
        ]
        batches = [names[start : start + LOOK_UP] for start in range(0, len(names), LOOK_UP)]
        found = [account for batch in _at_once(self._look_up, batches) for account in batch]
        return list({account.uid: account for account in found}.values())

    def by_uid(self, uid: str) -> Account | None:
        """The account of a uid, or None. 1 call."""
        return next(iter(self.many([uid])), None)

    def by_email(self, email: str) -> Account | None:
        """The account of an address, or None. 1 call."""
        return next(iter(self.many(emails=[email])), None)

    def add(self, new: NewAccount) -> Account:
        """Makes one account with a verified address. 3 calls. Raises AddressTaken, Invalid.

        After a failure between the calls it has no role yet.
        """
        from firebase_admin import auth

        with _refusals("email"):
            auth.create_user(
                uid=new.uid,
                email=new.email or None,
                email_verified=bool(new.email),
                display_name=new.name or None,
                password=new.password or None,
                app=self._app,
            )
        claims = {"role": new.role}
        self._set_claims(new.uid, claims)
        return Account(new.uid, new.email, new.name, claims, is_verified=bool(new.email))

    def add_all(self, new: Sequence[NewAccount]) -> dict[str, str]:
        """Makes accounts, a call for each IMPORT. Returns the reasons of those not made, by uid.

        A call that the service does not answer is a reason for its accounts. Only for accounts that
        are not there: the service replaces one of the same uid, and does not compare addresses. The
        emulator accepts no hashes: there each password is 2 calls more.
        """
        from firebase_admin import auth

        refused: dict[str, str] = {}
        for start in range(0, len(new), IMPORT):
            batch = new[start : start + IMPORT]
            try:
                with _refusals("csv"):
                    records = [_record(each) for each in batch]
                    result = auth.import_users(records, hash_alg=_hash_of(batch), app=self._app)
            except Unavailable as error:
                refused.update({each.uid: error.code for each in batch})
                continue
            refused.update({batch[error.index].uid: error.reason for error in result.errors})
        if _is_emulated():
            made = [each for each in new if each.password and each.uid not in refused]
            _at_once(lambda each: self.update(each.uid, password=each.password), made)
        return refused

    def update(self, uid: str, **fields: Any) -> None:
        """Changes `email`, `email_verified`, `display_name`, `custom_claims`, `password`. 2 calls.

        Raises AddressTaken, AccountNotFound, Invalid.
        """
        from firebase_admin import auth

        with _refusals("email"):
            auth.update_user(uid, **fields, app=self._app)

    def update_all(self, changes: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        """Changes several accounts, 2 calls each, several at once.

        Returns the reasons of those not changed, by uid.
        """

        def change(uid: str) -> tuple[str, str]:
            try:
                self.update(uid, **changes[uid])
            except (Conflict, NotFound, Invalid, Unavailable) as error:
                return uid, error.code
            return uid, ""

        return {uid: reason for uid, reason in _at_once(change, list(changes)) if reason}

    def set_role(self, account: Account, role: str | None) -> None:
        """Sets or takes the role; the holder's sign-ins end. 3 calls. Raises AccountNotFound.

        A token that was issued before is good for up to an hour more.
        """
        from firebase_admin import auth

        others = {name: value for name, value in account.claims.items() if name != "role"}
        self._set_claims(account.uid, {**others, **({"role": role} if role else {})})
        with _refusals("uid"):
            auth.revoke_refresh_tokens(account.uid, app=self._app)

    def give_roles(self, accounts: Sequence[Account], role: str) -> None:
        """Sets the role of accounts without one. A call each, several at once."""
        _at_once(lambda each: self._set_claims(each.uid, {**each.claims, "role": role}), accounts)

    def delete(self, uid: str) -> None:
        """Deletes an account; one that is not there counts as deleted. 1 call."""
        from firebase_admin import auth

        with _refusals("uid"):
            try:
                auth.delete_user(uid, app=self._app)
            except auth.UserNotFoundError:
                return

    def delete_all(self, uids: Sequence[str]) -> None:
        """Deletes accounts; those that are not there count as deleted. A call for each DELETE."""
        from firebase_admin import auth

        for start in range(0, len(uids), DELETE):
            with _refusals("uid"):
                auth.delete_users(list(uids[start : start + DELETE]), app=self._app)

    def password_link(self, email: str) -> str:
        """A link by which the holder of an account sets a password: once, for an hour. 1 call."""
        from firebase_admin import auth

        with _refusals("email"):
            return str(auth.generate_password_reset_link(email, app=self._app))

    def password_links(self, emails: Sequence[str]) -> list[str]:
        """A link for each of these addresses, in their order. A call each, several at once."""
        return _at_once(self.password_link, emails)

    def _look_up(self, names: Sequence[Any]) -> list[Account]:
        from firebase_admin import auth

        with _refusals("email"):
            return [_account(user) for user in auth.get_users(names, app=self._app).users]

    def _set_claims(self, uid: str, claims: Mapping[str, Any]) -> None:
        from firebase_admin import auth

        with _refusals("uid"):
            auth.set_custom_user_claims(uid, dict(claims), app=self._app)


def of_project(project: str) -> Accounts:
    """The accounts of a project, with this machine's credentials or on the emulator."""
    return _connected(f"accounts of {project}", project, PATIENCE)


@once
def service() -> Accounts:
    """The accounts of this function's project."""
    return of_project(settings.project_id())


@once
def directory() -> Accounts:
    """The same for look-ups on the way of a request, with less patience."""
    project = settings.project_id()
    return _connected(f"directory of {project}", project, PATIENCE_OF_A_REQUEST)


def _connected(name: str, project: str, patience: int) -> Accounts:
    import firebase_admin

    options = {"projectId": project, "httpTimeout": patience}
    try:
        return Accounts(firebase_admin.get_app(name))
    except ValueError:
        return Accounts(firebase_admin.initialize_app(options=options, name=name))


@contextmanager
def _refusals(field: str) -> Iterator[None]:
    """The service's errors as ours; what it cannot read is an invalid `field`."""
    from firebase_admin import auth, exceptions

    try:
        yield
    except (auth.EmailAlreadyExistsError, auth.UidAlreadyExistsError) as error:
        raise AddressTaken from error
    except exceptions.NotFoundError as error:
        raise AccountNotFound from error
    except (ValueError, exceptions.InvalidArgumentError) as error:
        raise Invalid(field) from error
    except exceptions.FirebaseError as error:
        raise Unavailable from error


def _at_once(call: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """What the call returns for each item, in their order, AT_ONCE calls at a time."""
    if len(items) < 2:
        return [call(item) for item in items]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(call, items))


def _account(user: Any) -> Account:
    made, signed_in = (
        user.user_metadata.creation_timestamp,
        user.user_metadata.last_sign_in_timestamp,
    )
    if _is_emulated() and made == signed_in:
        signed_in = None  # the emulator counts the making of an account as its first sign-in
    return Account(
        user.uid,
        user.email or "",
        user.display_name or "",
        user.custom_claims or {},
        bool(user.email_verified),
        bool(user.disabled),
        _moment(made),
        _moment(signed_in),
        tuple(provider.provider_id for provider in user.provider_data),
    )


def _moment(ms: int | None) -> datetime | None:
    return datetime.fromtimestamp(int(ms) // 1000, UTC) if ms else None


def _record(new: NewAccount) -> Any:
    from firebase_admin import auth

    salt = secrets.token_bytes(16)
    is_hashed = new.password and not _is_emulated()
    return auth.ImportUserRecord(
        uid=new.uid,
        email=new.email or None,
        email_verified=bool(new.email),
        display_name=new.name or None,
        custom_claims={"role": new.role},
        password_hash=_hashed(new.password, salt) if is_hashed else None,
        password_salt=salt if is_hashed else None,
    )


def _hashed(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT)


def _hash_of(batch: Sequence[NewAccount]) -> Any:
    """How the passwords of a batch are hashed; None where it has none."""
    from firebase_admin import auth

    if _is_emulated() or not any(each.password for each in batch):
        return None
    return auth.UserImportHash.standard_scrypt(
        memory_cost=_SCRYPT["n"],
        parallelization=_SCRYPT["p"],
        block_size=_SCRYPT["r"],
        derived_key_length=_SCRYPT["dklen"],
    )


def _is_email(text: str) -> bool:
    name, _, domain = text.partition("@")
    return bool(name and domain and "@" not in domain)


def _is_emulated() -> bool:
    return bool(os.environ.get("FIREBASE_AUTH_EMULATOR_HOST"))
