"""One URL for clients in the field, which name the path in a parameter and expect status 200."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Request

from exec import rules
from shared.base import settings
from shared.base.errors import Invalid, UnknownEndpoint
from shared.web import app_check
from shared.web.app import HEALTH_PATH, LARGEST_BODY, Api, WsgiApp
from shared.web.endpoints import body, data, endpoint
from shared.web.envelopes import OkEnvelope

if TYPE_CHECKING:
    from exec.answers import EndpointList
    from shared.web.answers import Answer

Mount = Callable[[Api], None]  # adds a group's endpoints below the group's own prefix

routes = Blueprint("exec", __name__)


def create_app(*mounts: Mount) -> Api:
    """These groups under one URL, each below its own prefix."""
    app = app_check.attested(Api("exec", "/exec", OkEnvelope(), middleware=NamedPath))
    app.before_request(_require_function_name)
    app.after_request(_as_apps_script)
    app.mount(routes, app)
    for mount in mounts:
        mount(app)
    return app


def mounts(*packages: ModuleType) -> list[Mount]:
    """The mounts of these groups' packages: each below its name, on a store of its own."""
    return [
        partial(each.routes.mount, store=each.open_store, url_prefix=f"/{each.__name__}")
        for each in packages
    ]


@routes.route("/", methods=["GET", "POST"])
@routes.route("/<path:path>", methods=["GET", "POST"], build_only=True)  # `NamedPath` serves it
@endpoint()
def call(app: Api) -> Answer[EndpointList]:
    """A request that names no path: a GET lists what can be called."""
    if request.method != "GET":
        body()  # raises TooLarge where no path was looked for
        raise UnknownEndpoint
    return data({"endpoints": _endpoints(app)})


class NamedPath:
    """WSGI middleware: the app sees the path that the request names, wherever it names it."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        sent = Request(environ)
        path, query = sent.path.strip("/"), _query(sent)
        is_named = not path
        if is_named:
            path, query = rules.path_in_query(query)
        if not path or _is_form(sent):
            environ, content = _with_json(sent, query)
            path = path or rules.path_in_body(content)
        path, glued = rules.contract_path(path)
        if is_named and f"/{path}" == HEALTH_PATH:
            path = "unknown"  # the health of the function has its own URL only
        named = {
            "PATH_INFO": f"/{path}".encode().decode("latin-1"),  # as WSGI has it
            "QUERY_STRING": urlencode(glued + query),
        }
        return self._app({**environ, **named}, start_response)


def _query(sent: Request) -> rules.Query:
    """The query's parameters; none where their bytes are no text."""
    try:
        return list(sent.args.items(multi=True))
    except UnicodeDecodeError:
        return []


def _is_form(sent: Request) -> bool:
    return sent.method == "POST" and sent.mimetype in rules.FORMS


def _with_json(sent: Request, query: rules.Query) -> tuple[dict[str, Any], bytes]:
    """The environment to go on with, and its body: JSON in place of a form.

    No body if it is too large. Some clients send JSON and call it a form.
    """
    sent.max_content_length = LARGEST_BODY + 1
    try:
        content = sent.get_data()
    except RequestEntityTooLarge:
        return sent.environ, b""  # refused by its length where it is read
    except Exception:  # each server raises an error of its own
        return _with_body(sent.environ, b""), b""  # it ended early, or its chunks are none
    if len(content) > LARGEST_BODY:
        return _with_body(sent.environ, content), b""
    if _is_form(sent) and rules.json_object(content) is None:
        form = _form(_with_body(sent.environ, content))
        content = json.dumps(rules.fields_of_form(query, form)).encode()
    return _with_body(sent.environ, content), content


def _form(environ: dict[str, Any]) -> rules.Query:
    """The fields of a form; none where it cannot be read. Its files are read into memory."""
    parser = FormDataParser(
        stream_factory=lambda *_, **__: BytesIO(), max_form_memory_size=LARGEST_BODY
    )
    try:
        _, form, _ = parser.parse_from_environ(environ)
    except (RequestEntityTooLarge, UnicodeDecodeError):
        return []
    return list(form.items(multi=True))


def _with_body(environ: dict[str, Any], content: bytes) -> dict[str, Any]:
    """A copy of a WSGI environment that carries this body, however it came."""
    copy = {**environ, "wsgi.input": BytesIO(content), "CONTENT_LENGTH": str(len(content))}
    copy.pop("HTTP_TRANSFER_ENCODING", None)
    return copy


def _endpoints(app: Api) -> list[str]:
    """`METHOD /path` of everything that can be called."""
    return [
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if "." in rule.endpoint and not rule.endpoint.startswith(f"{routes.name}.")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def _callback() -> str:
    """The function that a JSONP client wants to be called; empty for all other requests.

    Not in AUTH_MODE=verified, where a script can prove nobody's identity; and never to our own
    pages, whose policy admits scripts of this origin.
    """
    if request.method != "GET" or settings.AUTH_MODE.get() != "open":
        return ""
    is_ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    return "" if is_ours else request.args.get("callback", "")


def _require_function_name() -> None:
    if (name := _callback()) and not rules.is_function_name(name):
        raise Invalid("callback")


def _as_apps_script(response: Response) -> Response:
    """Status 200, as Apps Script cannot set another; for JSONP a script that calls the client."""
    response.status_code = 200
    name = _callback()
    if rules.is_function_name(name):
        response.set_data(rules.script(name, response.get_data(as_text=True)))
        response.content_type = "application/javascript; charset=utf-8"
    return response
