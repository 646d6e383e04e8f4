"""Who may do what with a course: its teachers, and admins."""

from functools import partial

from presence import rules
from presence.group import Group
from shared.base.errors import Forbidden
from shared.base.roles import ADMIN, INSTRUCTOR
from shared.web import auth
from shared.web.auth import Caller, User


def instructor(_group: object) -> User:
    """The holder of an instructor's or admin's token, in both modes.

    Raises Unauthorized, Forbidden.
    """
    user = auth.user()
    user.require_role(INSTRUCTOR, ADMIN)
    return user


def require_teacher(group: Group, caller: Caller, course_id: str, *, claims: bool = False) -> None:
    """Raises Forbidden unless the caller teaches the course or is an admin.

    `claims`: the caller becomes the teacher of a course that has none. Nobody who did not sign in
    is refused: the endpoints of the contract let them in, in AUTH_MODE=open.
    """
    if not isinstance(caller, User) or caller.role == ADMIN:
        return
    teachers = group.teachers(course_id, caller.uid)
    if claims and not teachers:
        claim = partial(rules.named, name=None, uid=caller.uid, is_admin=False)
        teachers = group.change_course(course_id, claim).teachers
    if caller.uid not in teachers:
        raise Forbidden
