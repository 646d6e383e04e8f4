"""What the presence group refuses. The API document shows each docstring's first line."""

from shared.base.errors import Conflict, Forbidden, NotFound, TooMany, Unauthorized


class TokenInvalid(Unauthorized):
    """There is no such token."""

    code = "token_invalid"


class TokenMismatch(Unauthorized):
    """The token belongs to another course or session."""

    code = "token_mismatch"


class SessionClosed(Unauthorized):
    """The session is not open, or was stopped after this token was drawn."""

    code = "session_closed"


class TokenExpired(Unauthorized):
    """The token was good, and its two minutes are over."""

    code = "token_expired"


class MarkedAbsent(Forbidden):
    """The instructor has marked this user absent; a token does not undo that."""

    code = "marked_absent"


class SessionNotFound(NotFound):
    """The session was never opened or stopped."""

    code = "session_not_found"


class TeacherNotFound(NotFound):
    """There is no account with this e-mail address or uid."""

    code = "teacher_not_found"


class NotAnInstructor(Conflict):
    """The account has not the role instructor or admin."""

    code = "not_an_instructor"


class LastTeacher(Conflict):
    """A course keeps at least one teacher."""

    code = "last_teacher"


class TooManyAttempts(TooMany):
    """Too many wrong tokens for one session from one address."""

    code = "too_many_attempts"
