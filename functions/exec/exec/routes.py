"""How clients in the field name a path, and the answer they expect: always 200."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, request

from shared.app import HEALTH_PATH, Endpoints, data, sent
from shared.envelopes import OkEnvelope
from shared.errors import UnknownEndpoint

# Where a path is looked for, in this order.
IN_QUERY = ("path", "pathInfo", "action")
IN_BODY = ("path", "action")

# Names that clients use for endpoints of the contract.
ALIASES = {
    "presence/qr_generate": "presence/qr/generate",
    "presence/checkin_mobile": "presence/checkin",
}


def create_app(groups: Mapping[str, Endpoints]) -> Endpoints:
    """These groups, by the first segment of their paths, under one URL."""
    app = Endpoints("exec", "/exec", OkEnvelope())
    app.after_request(_always_ok)

    @app.route("/", methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def call(path: str = "") -> Response:
        body = sent()
        wanted, query = _wanted(path, body)
        if not wanted and request.method == "GET":
            return app.make_response(data({"endpoints": _endpoints(groups)}))
        group = groups.get(wanted.split("/")[0])
        if group is None:
            raise UnknownEndpoint
        return group.unfinished(
            {
                **_with_body(request.environ, body),
                "PATH_INFO": f"/{wanted}".encode().decode("latin-1"),  # as WSGI has it
                "QUERY_STRING": urlencode(query),
            }
        )

    return app


def _with_body(environ: dict[str, Any], body: bytes) -> dict[str, Any]:
    """A copy of a WSGI environment that carries this body, however it came."""
    copy = {**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    copy.pop("HTTP_TRANSFER_ENCODING", None)
    return copy


def _wanted(path: str, body: bytes) -> tuple[str, list[tuple[str, str]]]:
    """The contract path that is asked for, and the query parameters that go with it."""
    query = list(request.args.items(multi=True))
    key = next((key for key in IN_QUERY if request.args.get(key)), None)
    if not path and key:
        path = request.args[key]
        query = [(name, value) for name, value in query if name != key]
    path, _, glued = (path or _named_in(body)).partition("?")
    path = path.strip().strip("/")
    return ALIASES.get(path, path), parse_qsl(glued) + query


def _named_in(body: bytes) -> str:
    """The path that a JSON body names, or nothing."""
    try:
        fields = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return ""
    if not isinstance(fields, dict):
        return ""
    named = next((fields[key] for key in IN_BODY if isinstance(fields.get(key), str)), "")
    return str(named).encode(errors="replace").decode()  # JSON may hold half a character


def _endpoints(groups: Mapping[str, Endpoints]) -> list[str]:
    """`METHOD /path` of everything that can be called."""
    return [
        f"{method} {group.prefix}{rule.rule}"
        for group in groups.values()
        for rule in group.url_map.iter_rules()
        if rule.rule != HEALTH_PATH
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def _always_ok(response: Response) -> Response:
    """Apps Script cannot set a status, so its clients know no other than 200."""
    response.status_code = 200
    return response
