"""Who may do what with the people of a course: its teachers, and admins."""

from collections.abc import Iterable

from people.group import Group
from shared.base.accounts import Account
from shared.base.errors import Forbidden
from shared.base.roles import ADMIN, INSTRUCTOR
from shared.web import auth
from shared.web.auth import User


def supervisor(_group: object) -> User:
    """The holder of an instructor's or admin's token, in both modes.

    Raises Unauthorized, Forbidden.
    """
    user = auth.person()
    user.require_role(INSTRUCTOR, ADMIN)
    return user


def admin(_group: object) -> User:
    """The holder of an admin's token, in both modes. Raises Unauthorized, Forbidden."""
    user = auth.person()
    user.require_role(ADMIN)
    return user


def require_current(user: User, found: Iterable[Account]) -> None:
    """Raises Forbidden for a token that is older than the end of its role or of its account.

    `found`: looked-up accounts, the user's among them.
    """
    account = next((each for each in found if each.uid == user.uid), None)
    if account is None or account.is_disabled or account.role not in (user.role, ADMIN):
        raise Forbidden


def require_teacher(group: Group, user: User, course_id: str | None) -> None:
    """Raises Forbidden unless the user teaches the course or is an admin. 1 read for a teacher."""
    if user.role == ADMIN:
        return
    if course_id is None or user.uid not in group.store().teachers(course_id):
        raise Forbidden
