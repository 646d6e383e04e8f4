"""The first admin: the holder of a claim link, which a deploy prints.

What the endpoint does and refuses: answers.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint
from flask import request as http

from people import rules
from people.errors import (
    AddressNotVerified,
    AdminExists,
    ClaimExpired,
    ClaimInvalid,
    ClaimUsed,
    NoAddress,
    SignInFirst,
    TooManyClaims,
)
from people.group import Group
from people.requests import ClaimRequest
from shared.base import settings
from shared.base.accounts import Account, NewAccount, domains
from shared.base.errors import Conflict, Missing, Unauthorized
from shared.base.ids import fingerprint
from shared.base.roles import ADMIN
from shared.domain import claims
from shared.web import auth, logs
from shared.web.client import client_address
from shared.web.endpoints import data, endpoint

if TYPE_CHECKING:
    from people.answers import Claimed
    from people.store import Store
    from shared.web.answers import Answer

MAKING = timedelta(minutes=1)  # longer than a claim takes

routes = Blueprint("people_claiming", __name__)


@routes.post("/claim")
@endpoint(ClaimRequest)
def claim(group: Group, request: ClaimRequest) -> Answer[Claimed]:
    link = _opened(group, request.link)
    store = group.store()
    new_uid = f"admin-{fingerprint(link.nonce, length=16).lower()}"
    account = _signed_in(store) or _found(store, request, new_uid)
    email = account.email if account else str(request.email)
    rules.require_domain(email, domains())
    uid = account.uid if account else new_uid
    admin_time = _require_first(store, uid, group.now())
    store.begin_claim(link.nonce, email, uid, admin_time, group.now())
    if account is None:
        new = NewAccount(uid, email, request.name or "", ADMIN, request.password or "")
        store.accounts.add(new)
    else:
        if uid == new_uid and request.password:  # made by an attempt that broke off
            store.accounts.update(uid, password=request.password)
        store.accounts.give_roles([account], ADMIN)
    store.end_claim(link.nonce)
    logs.write("WARNING", "a claim link made an admin", uid=uid)
    return data({"uid": uid, "email": email})


def _opened(group: Group, token: str) -> claims.Claim:
    """What a good link says. Raises ClaimInvalid, ClaimExpired, TooManyClaims."""
    caller, now = (client_address(),), group.now()
    if wait := group.wrong_links.retry_after(caller, now):
        raise TooManyClaims(wait)
    secret = settings.PEOPLE_SECRET.get()
    link = claims.opened(settings.project_id(), secret, token)
    if link is None:
        group.wrong_links.failed(caller, now)
        raise ClaimInvalid
    if link.is_over(now):
        raise ClaimExpired
    return link


def _signed_in(store: Store) -> Account | None:
    """The account of the caller; None of one who did not sign in. Raises Unauthorized, NoAddress.

    Raises AddressNotVerified: an address that anybody may have written decides no domain.
    """
    if "Authorization" not in http.headers:
        return None
    account = store.accounts.by_uid(auth.token_holder().uid)
    if account is None or account.is_disabled:
        raise Unauthorized
    if not account.email:
        raise NoAddress
    if domains() and not account.is_verified:
        raise AddressNotVerified
    return account


def _found(store: Store, request: ClaimRequest, new_uid: str) -> Account | None:
    """The account of the address that the caller names; None: one has to be made.

    Raises SignInFirst: who holds a link sets the password of no account that exists, and an
    address that was not proved may be that of a stranger's account. `new_uid` was made by an
    attempt with this link that broke off; ClaimUsed where that went as far as to make an admin.
    Raises Missing.
    """
    if request.email is None:
        raise Missing("email")
    found = store.accounts.by_email(request.email)
    if found is None and not request.password and settings.SIGN_IN_GOOGLE.get() != "on":
        raise Missing("password")  # nobody could sign in
    if found and found.uid == new_uid:
        if found.role == ADMIN:
            raise ClaimUsed
        return found
    if found and (request.password or not found.is_verified or found.is_disabled):
        raise SignInFirst
    return found


def _require_first(store: Store, uid: str, now: datetime) -> Any:
    """The update time of the document that names the first admin, for `begin_claim`.

    Raises AdminExists, also where the admin was made without a link: then it looks through the
    accounts, a call for each 1,000. Raises Conflict where another link began to make one less than
    a minute ago.
    """
    first = store.first_admin()
    if first.uid not in ("", uid):
        admin = store.accounts.by_uid(first.uid)
        if admin and admin.is_admin:
            raise AdminExists
        if first.at and now - first.at < MAKING:
            raise Conflict
    if any(account.is_admin for account in store.accounts.all() if account.uid != uid):
        raise AdminExists
    return first.update_time
