"""What a group tells of its endpoints: the words of its `answers.py`, which no function loads.

Handlers are typed by these answers, so the type checker holds them to it. The document of the API
is made of the same types.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

from shared.errors import ApiError, Unauthorized

T = TypeVar("T")

Timestamp = Annotated[
    str, Field(json_schema_extra={"format": "date-time", "examples": ["2026-02-18T10:01:10Z"]})
]


class Answer(TypedDict, Generic[T]):
    """`data`, with what the group's envelope puts beside it."""

    data: T


Refusal = type[ApiError] | ApiError


@dataclass(frozen=True)
class Scheme:
    """A way to say who is calling, as OpenAPI describes it, and what is said to who does not."""

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
    (Unauthorized,),
)
NOBODY = None  # as a caller: who need not say who they are
WHEN_VERIFIED = (NOBODY, ID_TOKEN)  # AUTH_MODE=open asks nobody, AUTH_MODE=verified for a token


@dataclass(frozen=True)
class Endpoint:
    """What the code of an endpoint does not say, by the name of its handler in `ENDPOINTS`.

    `en` and `id` say what it does, in English and Indonesian. `who` are the schemes of which the
    caller needs one; several in brackets are needed together. `refuses` are the errors beyond those
    that follow from its fields and schemes. `headers` and `path` describe what is sent there.
    `body`, `query` and `answer` are only for a handler whose code does not say them. With
    `one_status` refusals have that of success. `sends` and `answers` are examples.
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
        """What a caller may say who they are by; of each alternative, all of it."""
        return [one if isinstance(one, tuple) else (one,) if one else () for one in self.who]

    @property
    def schemes(self) -> list[Scheme]:
        """All schemes of the alternatives."""
        return list({scheme.name: scheme for one in self.alternatives for scheme in one}.values())
