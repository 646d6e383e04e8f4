"""What the one URL of Versi A clients answers, for the API's document."""

from typing import Any, Literal

from typing_extensions import TypedDict

from exec.requests import PathFields
from shared.web.answers import WHEN_VERIFIED, Endpoint


class Succeeded(TypedDict):
    ok: Literal[True]
    data: Any


class Refused(TypedDict):
    ok: Literal[False]
    error: str


class EndpointList(TypedDict):
    endpoints: list[str]


ENDPOINTS = {
    "call": Endpoint(
        "Calls the endpoint that `path` names; the status is always 200.",
        "Memanggil endpoint yang disebut `path`; statusnya selalu 200.",
        who=WHEN_VERIFIED,
        one_status=True,
        path={"path": "The path of an endpoint, for clients that put it there."},
        body=dict[str, Any],
        query=PathFields,
        answer=Succeeded | Refused,
        sends={
            "path": "presence/qr/generate",
            "course_id": "cloud-101",
            "session_id": "sesi-02",
        },
    )
}
