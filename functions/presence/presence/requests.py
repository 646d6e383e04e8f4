"""What the presence endpoints are sent."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from presence.rules import Session
from shared.web.fields import Fields, OptionalLimit, OptionalText, OptionalTime, Text

LONGEST_FILE = 500_000  # characters of a roster
FURTHEST = 14 * 60  # minutes that a clock on earth is off from UTC


class InSession:
    """A request on one session. Each model lists its fields: they stay in the contract's order."""

    if TYPE_CHECKING:  # no fields here: pydantic would put them before those of the model
        course_id: str
        session_id: str

    @property
    def session(self) -> Session:
        return Session(self.course_id, self.session_id)


class SessionRequest(InSession, Fields):
    course_id: Text
    session_id: Text


class GenerateRequest(SessionRequest):
    ts: OptionalTime = None
    renew: bool = False  # a further token for a session that is open; it never opens one


class CheckInRequest(InSession, Fields):
    user_id: Text
    device_id: Text
    course_id: Text
    session_id: Text
    qr_token: Text
    ts: OptionalTime = None


class StatusRequest(InSession, Fields):
    user_id: Text
    course_id: Text
    session_id: Text


class ListRequest(SessionRequest):
    limit: OptionalLimit = None


class ActiveRequest(Fields):
    course_id: OptionalText = None


class CourseRequest(Fields):
    course_id: Text
    name: OptionalText = None  # absent: the name stays; a new course is named by its id


class TeachersRequest(Fields):
    course_id: Text


class TeacherRequest(Fields):
    course_id: Text
    teacher: Text


class RosterRequest(Fields):
    course_id: Text
    csv: Annotated[str, Field(max_length=LONGEST_FILE)]


class MarkRequest(InSession, Fields):
    course_id: Text
    session_id: Text
    user_id: Text
    status: Literal["checked_in", "absent"]
    reason: Text


class ExportRequest(Fields):
    course_id: Text
    session_id: OptionalText = None
    format: Literal["csv", "xlsx"] = "csv"
    lang: Literal["id", "en"] = "id"
    utc_offset: Annotated[
        int, Field(ge=-FURTHEST, le=FURTHEST), BeforeValidator(lambda value: value or 0)
    ] = 0
