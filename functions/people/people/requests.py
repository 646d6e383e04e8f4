"""What the people endpoints are sent."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from shared.domain.people import is_email
from shared.web.bounds import is_absent
from shared.web.fields import Fields, OptionalText, Text

LONGEST_FILE = 500_000  # characters of a roster
SHORTEST_PASSWORD = 10
LONGEST_CURSOR = 3_000

Role = Literal["student", "instructor", "owner", "technician", "admin"]


def _email(value: object) -> str:
    """An address in lower case, as the account service stores it."""
    if not isinstance(value, str) or not is_email(value.strip()):
        raise ValueError("must be an e-mail address")
    return value.strip().lower()


def _unless_absent(value: object) -> object:
    return None if is_absent(value) else value


def _optional_email(value: object) -> str | None:
    return None if is_absent(value) else _email(value)


_EMAIL = {
    "type": "string",
    "pattern": r"^[a-z0-9]{1,30}@[a-z0-9]{1,30}\.[a-z]{2,6}$",
    "examples": ["ani@kampus.test"],
}
Email = Annotated[str, BeforeValidator(_email), WithJsonSchema(_EMAIL)]
OptionalEmail = Annotated[str | None, BeforeValidator(_optional_email), WithJsonSchema(_EMAIL)]
OptionalUid = Annotated[
    str | None, Field(min_length=1, max_length=128), BeforeValidator(_unless_absent)
]
Long = Annotated[
    str | None, Field(min_length=1, max_length=LONGEST_CURSOR), BeforeValidator(_unless_absent)
]
Password = Annotated[
    str | None,
    Field(min_length=SHORTEST_PASSWORD, max_length=200),
    BeforeValidator(_unless_absent),
]


class ListRequest(Fields):
    course_id: OptionalText = None
    page: Long = None
    role: Annotated[Role | None, BeforeValidator(_unless_absent)] = None


class InviteRequest(Fields):
    email: Email
    name: Text
    role: Role
    user_id: OptionalUid = None
    course_id: OptionalText = None


class RoleRequest(Fields):
    uid: Text
    role: Role | None  # null: none


class ImportRequest(Fields):
    course_id: Text
    csv: Annotated[str | None, Field(max_length=LONGEST_FILE)] = None
    apply: bool = False
    remove: bool = False


class OfCourseRequest(Fields):
    uid: Text
    course_id: OptionalText = None


class ClaimRequest(Fields):
    link: Annotated[str, Field(min_length=1, max_length=300)]
    email: OptionalEmail = None
    name: OptionalText = None
    password: Password = None


class OwnRequest(Fields):
    after: Long = None


class OwnDataRequest(Fields):
    cursor: Long = None


class ForgetRequest(Fields):
    reason: OptionalText = None
