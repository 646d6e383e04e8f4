"""The people of the project and of its courses: who they are, and the import of a class.

What each endpoint does and refuses: answers.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint

from people import changes, claiming, own
from people.access import require_current, require_teacher, supervisor
from people.group import Group
from people.requests import ImportRequest, ListRequest
from shared.base import accounts, clock, settings
from shared.base.accounts import Account
from shared.base.errors import Forbidden, Missing
from shared.base.roles import ADMIN, STUDENT
from shared.domain import people, rosters
from shared.web import logs
from shared.web.app import Api
from shared.web.auth import User
from shared.web.cache import cache_headers
from shared.web.endpoints import data, endpoint
from shared.web.envelopes import OkEnvelope

if TYPE_CHECKING:
    from people.answers import Config, Import, People, Person
    from people.store import Store
    from shared.domain.rosters import Student
    from shared.web.answers import Answer

CONFIG_LIFE = timedelta(minutes=5)
# Accounts that one request changes, two calls each: Hosting ends a request after 60 s.
MOST_CHANGED = 500

routes = Blueprint("people", __name__)


def create_app(
    store: Callable[[], Store],
    now: clock.Clock = clock.now,
    new_uid: Callable[[], str] = lambda: secrets.token_hex(14),
) -> Api:
    """The people group on this store, by this clock, with uids drawn by `new_uid`."""
    app = Api("people", "/people", OkEnvelope(), needs=(settings.PEOPLE_SECRET,))
    group = Group(store, now, new_uid)
    for each in (routes, changes.routes, claiming.routes, own.routes):
        app.mount(each, group)
    return app


@routes.get("/config")
@endpoint()
def config(group: Group) -> tuple[Answer[Config], int, dict[str, str]]:
    now = group.now()
    answer: Config = {
        "google": settings.SIGN_IN_GOOGLE.get() == "on",
        "domains": list(accounts.domains()),
        "auth_mode": settings.AUTH_MODE.get(),
    }
    return data(answer), 200, cache_headers("public", CONFIG_LIFE, now, now)


@routes.get("/list")
@endpoint(ListRequest, caller=supervisor)
def list_people(group: Group, user: User, request: ListRequest) -> Answer[People]:
    store, following = group.store(), None
    if request.course_id:
        require_teacher(group, user, request.course_id)
        items = _of_course(store, user, request.course_id)
    else:
        if user.role != ADMIN:
            raise Forbidden
        found, following = store.accounts.page(request.page)
        items = [_person(each.uid, each) for each in found if each.is_person]
    if request.role:
        items = [item for item in items if item["role"] == request.role]
    return data({"total": len(items), "items": items, "next": following})


@routes.post("/import")
@endpoint(ImportRequest, caller=supervisor)
def import_class(group: Group, user: User, request: ImportRequest) -> Answer[Import]:
    require_teacher(group, user, request.course_id)
    store = group.store()
    stored = store.roster(request.course_id)
    plan = _plan(store, user, request, stored)
    rosters.require_room(plan.roster(stored, remove=request.remove))
    if request.apply:
        plan, _ = people.carry_out(plan, store.accounts)
        _log(user, request.course_id, plan)
        change = partial(plan.roster, remove=request.remove)
        store.change_roster(request.course_id, change, group.now())
    return data(_import(plan, request.apply))


def _plan(store: Store, user: User, request: ImportRequest, stored: list[Student]) -> people.Plan:
    """What an import does. Students of other teachers keep address and name, unless for an admin.

    Raises Missing, Invalid, Forbidden.
    """
    rows: people.Rows = [(None, student) for student in stored]
    if request.csv:
        rows = rosters.with_known_emails(rosters.read_lines(request.csv), stored)
    if not rows:
        raise Missing("csv")
    found = people.look_up(rows, store.accounts, [user.uid])
    require_current(user, found)
    domains, is_admin = accounts.domains(), user.role == ADMIN
    plan = people.plan(rows, stored, found, domains, is_file=bool(request.csv), by_admin=is_admin)
    if not is_admin:
        changed = [row.student.user_id for row in plan.of("changed")]
        plan = plan.keeping(store.elsewhere(changed, user.uid))
    return plan.up_to(MOST_CHANGED)


def _log(user: User, course_id: str, plan: people.Plan) -> None:
    """Says who imported which accounts, and whose address changed. No address is logged."""
    rows = plan.of("new", "changed")
    uids = [row.student.user_id for row in rows]
    logs.write("INFO", "class imported", by=user.uid, course=course_id, **plan.counts(), uids=uids)
    for row in rows:
        uid = row.student.user_id
        if row.has_new_address:
            logs.write("INFO", "address changed", by=user.uid, uid=uid)
        if row.replaces:
            logs.write("INFO", "account replaced", by=user.uid, uid=row.replaces.uid, new=uid)


def _of_course(store: Store, user: User, course_id: str) -> list[Person]:
    """The students of a course, each with the state of their account.

    A teacher, who can put anybody on the own roster, gets nothing of accounts of other roles.
    """
    students = store.roster(course_id)
    found = store.accounts.many(student.user_id for student in students)
    shown = (each for each in found if user.role == ADMIN or each.role in (None, STUDENT))
    known = {account.uid: account for account in shown}
    return [
        _person(each.user_id, known.get(each.user_id), each.name, each.email) for each in students
    ]


def _person(uid: str, account: Account | None, name: str = "", email: str = "") -> Person:
    """Somebody with their account, if there is one; `name` and `email` are those of a roster."""
    found = account or Account(uid)
    return {
        "uid": uid,
        "name": name or found.name,
        "email": found.email or email,
        "role": str(found.role) if found.role else None,
        "state": found.state if account else "none",
        "verified": found.is_verified,
    }


def _import(plan: people.Plan, is_applied: bool) -> Import:
    counts = plan.counts()
    return {
        "applied": is_applied,
        "counts": {
            "new": counts["new"],
            "changed": counts["changed"],
            "unchanged": counts["unchanged"],
            "conflict": counts["conflict"],
            "absent": counts["absent"],
        },
        "items": [
            {
                "line": row.line,
                "user_id": row.student.user_id,
                "name": row.student.name,
                "email": row.student.email,
                "kind": row.kind,
                "reason": row.reason,
            }
            for row in plan.rows
        ],
    }
