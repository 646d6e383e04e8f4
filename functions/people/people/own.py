"""What is stored of the caller: an overview, all of it, and the request to delete it.

What each endpoint does and refuses: answers.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint
from itsdangerous import BadData, URLSafeSerializer

from people import rules
from people.access import admin
from people.group import Group
from people.requests import ForgetRequest, OwnDataRequest, OwnRequest
from people.rules import PARENT_KIND, Position
from shared.base import settings
from shared.base.accounts import Account
from shared.base.errors import Invalid
from shared.base.timestamps import text
from shared.web import auth
from shared.web.auth import User
from shared.web.endpoints import data, endpoint

if TYPE_CHECKING:
    from people.answers import (
        AccountShown,
        CheckIns,
        DataItem,
        DataPage,
        ForgetRequested,
        ForgetRequests,
        Own,
        Phone,
        Span,
    )
    from people.store import Store
    from shared.web.answers import Answer

OwnPaths = Sequence[tuple[str, dict[str, Any] | None]]

OWN_PAGE = 100  # of each kind in the overview
LARGEST_PAGE = 300  # documents of data
DATA_PAGE = {"accel": 30, "gps": 40, "readings": 40, "rosters": 5}  # these are large
COURSE_FIELDS = ("course_id",)  # all that the overview says of a roster or course
MOST_STEPS = 8  # through kinds and things, for one page

routes = Blueprint("people_own", __name__)


@routes.get("/me")
@endpoint(OwnRequest, caller=auth.person)
def me(group: Group, user: User, request: OwnRequest) -> Answer[Own]:
    store, uid = group.store(), user.uid
    after = _opened(uid, request.after, "after").after if request.after else ""
    lists = {
        kind: [fields for _, fields in store.own(uid, Position(kind), OWN_PAGE, fields=wanted)]
        for kind, wanted in {
            "rosters": COURSE_FIELDS,
            "courses": COURSE_FIELDS,
            "phones": (),
            "devices": (),
            "marks": ("user_id",),
        }.items()
    }
    forget = store.forget_request(uid)
    answer: Own = {
        "account": _account(_account_of(store, user)),
        "courses": {
            "attended": [fields["course_id"] for fields in lists["rosters"]],
            "taught": [fields["course_id"] for fields in lists["courses"]],
        },
        "checkins": _checkins(store, uid, after),
        "entries_by_hand": len(lists["marks"]),
        "phones": list(_phones(store, lists["phones"])),
        "devices": [
            {
                "id": fields["id"],
                "device_id": fields["device_id"],
                "name": fields["name"],
                "readings": fields.get("totals", {}).get("count", 0),
            }
            for fields in lists["devices"]
        ],
        "forget": _request(forget) if forget else None,
    }
    return data(answer)


@routes.get("/me/data")
@endpoint(OwnDataRequest, caller=auth.person)
def my_data(group: Group, user: User, request: OwnDataRequest) -> Answer[DataPage]:
    store = group.store()
    position: Position | None = _opened(user.uid, request.cursor, "cursor")
    items: list[DataItem] = []
    for _ in range(MOST_STEPS):
        if position is None:
            break
        found, position = _step(store, user, position)
        items = [{"path": path, "data": rules.shown(own)} for path, own in found if own]
        if found:  # a request reads no second page where it may show nothing of the first
            break
    following = _sealed(user.uid, position) if position else None
    return data({"items": items, "next": following})


@routes.post("/me/forget")
@endpoint(ForgetRequest, caller=auth.person)
def request_forget(group: Group, user: User, request: ForgetRequest) -> Answer[ForgetRequested]:
    name, email = (str(user.claims.get(claim) or "") for claim in ("name", "email"))
    stored = group.store().request_forget(user.uid, name, email, request.reason or "", group.now())
    return data(_request(stored))


@routes.delete("/me/forget")
@endpoint(caller=auth.person)
def withdraw_forget(group: Group, user: User) -> Answer[None]:
    group.store().withdraw_forget(user.uid)
    return data(None)


@routes.get("/requests")
@endpoint(caller=admin)
def forget_requests(group: Group, _user: User) -> Answer[ForgetRequests]:
    found = group.store().forget_requests()
    return data({"total": len(found), "items": [_request(fields) for fields in found]})


def _step(store: Store, user: User, position: Position) -> tuple[OwnPaths, Position | None]:
    """The documents at a position, and the next position; None after the last."""
    kind, begin = position.kind, None
    if kind == "account":
        shown: Any = _account(_account_of(store, user))
        return [("account", shown)], rules.following(position, [])
    if kind == "requests":
        stored = store.forget_request(user.uid)
        own = [(f"forget_requests/{user.uid}", stored)] if stored else []
        return own, rules.following(position, [])
    if kind in PARENT_KIND:
        if not position.thing:
            return [], rules.following(position, _things(store, user.uid, kind))
        owned = store.owned(user.uid, position)
        if owned is None:
            raise Invalid("cursor")
        begin = owned["claimed_at"] if PARENT_KIND[kind] == "phones" else None
    limit = DATA_PAGE.get(kind, LARGEST_PAGE)
    found = store.own(user.uid, position, limit, begin=begin)
    shown = [(path, _only_own(user.uid, kind, fields, begin)) for path, fields in found]
    if len(found) == limit:
        return shown, position._replace(after=found[-1][0])
    things = _things(store, user.uid, kind) if kind in PARENT_KIND else []
    return shown, rules.following(position, things)


def _things(store: Store, uid: str, kind: str) -> list[str]:
    """The names of the phones or the numbers of the devices of a person, sorted."""
    parent = PARENT_KIND[kind]
    name = "device_id" if parent == "phones" else "id"
    found = store.own(uid, Position(parent), LARGEST_PAGE)
    return sorted(str(fields[name]) for _, fields in found)


def _only_own(
    uid: str, kind: str, fields: dict[str, Any], begin: datetime | None
) -> dict[str, Any] | None:
    """Of a document only what is about this person; None where that is nothing."""
    match kind:
        case "rosters":
            own = [student for student in fields["students"] if student["user_id"] == uid]
            return {"course_id": fields["course_id"], "students": own}
        case "courses":
            named = {name: value for name, value in fields.items() if name in ("course_id", "name")}
            return {**named, "teachers": [uid]}
        case "marks":  # who entered it is data of that person
            return {name: value for name, value in fields.items() if name not in ("by", "by_name")}
    return rules.since(fields, begin) if begin else fields


def _account_of(store: Store, user: User) -> Account:
    """The caller's account; one that the service does not know is as the token says."""
    email, name = (str(user.claims.get(claim) or "") for claim in ("email", "name"))
    return store.accounts.by_uid(user.uid) or Account(user.uid, email, name, {"role": user.role})


def _account(account: Account) -> AccountShown:
    return {
        "uid": account.uid,
        "email": account.email,
        "name": account.name,
        "role": str(account.role),
        "providers": list(account.providers),
        "made_at": text(account.made_at) if account.made_at else None,
        "signed_in_at": text(account.signed_in_at) if account.signed_in_at else None,
    }


def _checkins(store: Store, uid: str, after: str) -> CheckIns:
    position = Position("presences", after=after)
    found = store.own(uid, position, OWN_PAGE)
    more = len(found) == OWN_PAGE
    return {
        "items": [
            {
                "course_id": fields["course_id"],
                "session_id": fields["session_id"],
                "status": fields["status"],
                "ts": text(fields["ts"]),
                "device_id": fields["device_id"],
            }
            for _, fields in found
        ],
        "next": _sealed(uid, position._replace(after=found[-1][0])) if more else None,
    }


def _phones(store: Store, phones: list[dict[str, Any]]) -> Iterator[Phone]:
    heads = store.heads([fields["device_id"] for fields in phones])
    for index, fields in enumerate(phones):
        yield {
            "device_id": fields["device_id"],
            "samples": _span(heads[2 * index], fields["claimed_at"]),
            "points": _span(heads[2 * index + 1], fields["claimed_at"]),
        }


def _span(head: dict[str, Any] | None, begin: datetime) -> Span | None:
    found = rules.span(head, begin)
    return {"first": found[0], "last": found[1]} if found else None


def _request(fields: dict[str, Any]) -> ForgetRequested:
    return {
        "uid": fields["uid"],
        "name": fields["name"],
        "email": fields["email"],
        "reason": fields["reason"],
        "requested_at": text(fields["requested_at"]),
    }


def _sealed(uid: str, position: Position) -> str:
    """A position as a signed text that only this person can use."""
    return str(_serializer(uid).dumps(list(position)))


def _opened(uid: str, cursor: str | None, field: str) -> Position:
    if not cursor:
        return Position()
    try:
        return rules.position_of(_serializer(uid).loads(cursor))
    except BadData:
        raise Invalid(field) from None


def _serializer(uid: str) -> URLSafeSerializer:
    return URLSafeSerializer(settings.PEOPLE_SECRET.get(), salt=f"own data of {uid}")
