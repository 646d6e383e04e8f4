"""The types that a group's `answers.py` is written in. No function loads them.

Handlers are typed by these answers, so the type checker holds them to it. The document of the API
is made of the same types.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

from shared.base.errors import ApiError, Forbidden, Unauthorized

T = TypeVar("T")

Timestamp = Annotated[
    str, Field(json_schema_extra={"format": "date-time", "examples": ["2026-02-18T10:01:10Z"]})
]


class Answer(TypedDict, Generic[T]):
    """`data`, and the fields that the group's envelope puts beside it."""

    data: T


Refusal = type[ApiError] | ApiError


@dataclass(frozen=True)
class Scheme:
    """A way to authenticate, as OpenAPI describes it, and how a caller that fails is refused."""

    name: str
    definition: Mapping[str, str]
    refuses: Sequence[Refusal]


def header(name: str, header: str, description: str, *refuses: Refusal) -> Scheme:
    """A secret or an id that is sent in a header."""
    definition = {"type": "apiKey", "in": "header", "name": header, "description": description}
    return Scheme(name, definition, refuses)


ID_TOKEN = Scheme(
    "FirebaseIdToken",
    {"type": "http", "scheme": "bearer", "description": "A Firebase ID token."},
    (Unauthorized, Forbidden),  # the latter without a role, in AUTH_MODE=verified
)
NOBODY = None  # no authentication
WHEN_VERIFIED = (NOBODY, ID_TOKEN)  # AUTH_MODE=open needs none, AUTH_MODE=verified a token


@dataclass(frozen=True)
class Endpoint:
    """What the API's document says of an endpoint beyond its code; `ENDPOINTS` has one per handler.

    `en` and `id` describe it in English and Indonesian. `who`: the schemes of which a caller needs
    one; a tuple of schemes is needed as a whole. `refuses`: errors beyond those that follow from
    its fields and schemes. `headers` and `path` describe parameters. `body`, `query` and `answer`
    are for a handler whose code does not say them. `one_status`: refusals have the status of
    success. `sends` and `answers` are examples.
    """

    en: str
    id: str
    who: Sequence[Scheme | tuple[Scheme, ...] | None] = ()
    refuses: Sequence[Refusal] = ()
    status: int = 200
    one_status: bool = False
    content: Sequence[str] = ("application/json",)
    headers: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    query: Any = None
    answer: Any = None
    sends: object = None
    answers: object = None

    @property
    def alternatives(self) -> list[tuple[Scheme, ...]]:
        """The ways to authenticate; the schemes of one tuple are needed together."""
        return [one if isinstance(one, tuple) else (one,) if one else () for one in self.who]

    @property
    def schemes(self) -> list[Scheme]:
        """All schemes of the alternatives."""
        return list({scheme.name: scheme for one in self.alternatives for scheme in one}.values())
