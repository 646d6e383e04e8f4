"""Changes of one person's account, role or place in a course.

What each endpoint does and refuses: answers.py.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint

from people import rules
from people.access import admin, require_current, require_teacher, supervisor
from people.errors import AddressNotVerified, NoAddress, OtherCourse, OwnAccount
from people.group import Group
from people.requests import InviteRequest, OfCourseRequest, RoleRequest
from shared.base.accounts import Account, AccountNotFound, NewAccount, domains
from shared.base.errors import Conflict, Forbidden
from shared.base.roles import ADMIN, STUDENT
from shared.domain import rosters
from shared.domain.rosters import Student
from shared.web import logs
from shared.web.auth import User
from shared.web.endpoints import data, endpoint

if TYPE_CHECKING:
    from people.answers import Invited, PasswordLink, Removed, RoleSet
    from people.store import Store
    from shared.web.answers import Answer

routes = Blueprint("people_changes", __name__)


@routes.post("/invite")
@endpoint(InviteRequest, caller=supervisor)
def invite(group: Group, user: User, request: InviteRequest) -> Answer[Invited]:
    rules.require_may_invite(user.role, request.role, request.course_id)
    rules.require_invitation(request.role, request.user_id, request.course_id)
    if request.course_id:
        require_teacher(group, user, request.course_id)
    rules.require_domain(request.email, domains())
    store = group.store()
    uids = [user.uid, *([request.user_id] if request.user_id else [])]
    found = store.accounts.many(uids, [request.email])
    require_current(user, found)
    account = rules.invited_account(found, request.email, request.role, request.user_id)
    may_link = user.role == ADMIN or account is None or _is_own(store, user, account)
    if account is None:
        uid = request.user_id or group.new_uid()
        new = NewAccount(uid, request.email, request.name, request.role)
        account = store.accounts.add(new)
    elif account.role is None:
        store.accounts.give_roles([account], request.role)
    _join(group, store, account.uid, request)
    has_link = may_link and not account.signed_in_at
    link = _password_link(store, user, account) if has_link else None
    return data({"uid": account.uid, "link": link})


@routes.post("/role")
@endpoint(RoleRequest, caller=admin)
def set_role(group: Group, user: User, request: RoleRequest) -> Answer[RoleSet]:
    store = group.store()
    account = _other_account(store, user, request.uid)
    if request.role and account.email:
        rules.require_domain(account.email, domains())
        if not account.is_verified:
            raise AddressNotVerified
    _change_role(store, user, account, request.role)
    return data({"uid": account.uid, "role": request.role})


@routes.post("/reset")
@endpoint(OfCourseRequest, caller=supervisor)
def reset(group: Group, user: User, request: OfCourseRequest) -> Answer[PasswordLink]:
    store = group.store()
    require_teacher(group, user, request.course_id)
    if user.role != ADMIN:
        _require_on_roster(store, request)
    account = _looked_up(store, user, request.uid)
    if user.role != ADMIN:
        if account.role != STUDENT:
            raise Forbidden
        if not _is_own(store, user, account):
            raise OtherCourse
    return data({"uid": account.uid, "link": _password_link(store, user, account)})


@routes.post("/remove")
@endpoint(OfCourseRequest, caller=supervisor)
def remove(group: Group, user: User, request: OfCourseRequest) -> Answer[Removed]:
    require_teacher(group, user, request.course_id)
    store = group.store()
    if request.course_id:
        store.change_roster(request.course_id, partial(_without, uid=request.uid), group.now())
        return data({"uid": request.uid, "account": False})
    account = _other_account(store, user, request.uid)
    if account.role == ADMIN:
        _change_role(store, user, account, None)
    store.accounts.delete(account.uid)
    logs.write("INFO", "account deleted", by=user.uid, uid=account.uid)
    return data({"uid": account.uid, "account": True})


def _join(group: Group, store: Store, uid: str, request: InviteRequest) -> None:
    """Puts an invited person into the course of the invitation, if it names one."""
    if request.course_id is None:
        return
    if request.role != STUDENT:
        store.add_teacher(request.course_id, uid)
        return

    entry = Student(uid, request.name, request.email)
    change = partial(rosters.merged, changed=[entry])
    store.change_roster(request.course_id, change, group.now())


def _password_link(store: Store, user: User, account: Account) -> str:
    """A link to set a password, for the caller to hand over. The log names both accounts."""
    if not account.email:
        raise NoAddress
    link = store.accounts.password_link(account.email)
    logs.write("INFO", "password link made", by=user.uid, uid=account.uid)
    return link


def _other_account(store: Store, user: User, uid: str) -> Account:
    """Another person's account. Raises OwnAccount, and as `_looked_up`."""
    if uid == user.uid:
        raise OwnAccount
    return _looked_up(store, user, uid)


def _looked_up(store: Store, user: User, uid: str) -> Account:
    """The account of a uid. Raises AccountNotFound.

    Raises Forbidden where the caller's token is older than the end of their role.
    """
    found = {account.uid: account for account in store.accounts.many([uid, user.uid])}
    require_current(user, found.values())
    if uid not in found:
        raise AccountNotFound
    return found[uid]


def _change_role(store: Store, user: User, account: Account, role: str | None) -> None:
    """Sets a role. Two admins who take each other's role at the same time both keep it: Conflict.

    So one who is an admin always remains: the caller.
    """
    if account.role == role:
        return
    store.accounts.set_role(account, role)
    logs.write("INFO", "role set", by=user.uid, uid=account.uid, role=role)
    caller = store.accounts.by_uid(user.uid) if account.role == ADMIN else None
    if account.role == ADMIN and (caller is None or caller.role != ADMIN):
        store.accounts.give_roles([account], ADMIN)
        raise Conflict


def _is_own(store: Store, user: User, account: Account) -> bool:
    """Whether only courses of this teacher have the holder of an account on their rosters.

    Raises Disabled, OtherRole for an account that only admins help with.
    """
    rules.require_open(account)
    return not store.elsewhere([account.uid], user.uid)


def _require_on_roster(store: Store, request: OfCourseRequest) -> None:
    students = store.roster(request.course_id or "")
    if request.uid not in {student.user_id for student in students}:
        raise Forbidden


def _without(students: list[Student], uid: str) -> list[Student]:
    return [student for student in students if student.user_id != uid]
