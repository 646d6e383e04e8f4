"""What the one URL of Versi A clients answers, for the API's document."""

from typing import Any, Literal

from typing_extensions import TypedDict

from shared.answers import WHEN_VERIFIED, Endpoint
from shared.fields import Fields


class Succeeded(TypedDict):
    ok: Literal[True]
    data: Any


class Refused(TypedDict):
    ok: Literal[False]
    error: str


class Wanted(Fields):
    """Where the path may stand; what else is sent belongs to the endpoint that it names."""

    path: str | None = None
    pathInfo: str | None = None  # noqa: N815  as clients call it
    action: str | None = None


ENDPOINTS = {
    "call": Endpoint(
        "Calls the endpoint that `path` names; the status is always 200.",
        "Memanggil endpoint yang disebut `path`; statusnya selalu 200.",
        who=WHEN_VERIFIED,
        one_status=True,
        path={"path": "The path of an endpoint, for clients that put it there."},
        body=dict[str, Any],
        query=Wanted,
        answer=Succeeded | Refused,
        sends={
            "path": "presence/qr/generate",
            "course_id": "cloud-101",
            "session_id": "sesi-02",
        },
    )
}
