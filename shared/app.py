"""The frame round every group's routes: one error handler, CORS, size limit, JSON, health."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Flask, Request, Response, current_app, request
from flask.json.provider import JSONProvider
from pydantic_core import to_json
from werkzeug import exceptions as http
from werkzeug.routing import MapAdapter

from shared import fields, logs, start
from shared.envelopes import Envelope, Json
from shared.errors import ApiError, Malformed, MethodNotAllowed, TooLarge, UnknownEndpoint
from shared.settings import Setting

if TYPE_CHECKING:
    from shared.answers import Answer

LARGEST_BODY = 1024 * 1024
HEALTH_PATH = "/__/health"
MOST_FOUND = 100  # routes that are remembered by how they were asked for
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Retry-After"),
)

T = TypeVar("T")
M = TypeVar("M", bound=fields.Fields)


class CompactJson(JSONProvider):
    """Keys in the order they were given, no spaces, text as it is; NaN is an error, not output."""

    def dumps(self, obj: Any, **_: Any) -> str:
        text = to_json(obj).decode()
        if "NaN" in text or "Infinity" in text:  # somebody's name, or a number that is none
            return json.dumps(obj, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return json.loads(s)


class Endpoints(Flask):
    """The endpoints of one group, answering in one envelope.

    Paths are declared without the group's prefix: behind Hosting a function sees the whole path,
    at its own URL the first segment is gone, and both are served. `needs`: secrets without which
    it does not start in the cloud.
    """

    def __init__(
        self,
        name: str,
        prefix: str,
        envelope: Envelope,
        refusal: fields.Refusal = fields.first_error,
        needs: tuple[Setting, ...] = (),
    ) -> None:
        start.guard(*needs)
        super().__init__(name, static_folder=None)
        self.prefix = prefix
        self.envelope = envelope
        self.refusal = refusal
        self.json = CompactJson(self)
        self._found: dict[tuple[str, str], str] = {}
        self.url_map.strict_slashes = False
        self.after_request(_finish)
        self.add_url_rule(HEALTH_PATH, "health", self._health)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """None for a request: Flask would look for its route before `_handled` does."""
        return None if request else super().create_url_adapter(request)

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """One request of a WSGI server."""
        return self.answer(environ)(environ, start_response)

    def answer(self, environ: dict[str, Any]) -> Response:
        """The response to one WSGI request."""
        with self.request_context(environ):
            response = self._response()
            for change in reversed(self.after_request_funcs[None]):
                response = cast(Response, change(response))
            if request.method != "GET":
                request.get_data()  # or the answer might not reach who is still sending
            return response

    def unfinished(self, environ: dict[str, Any]) -> Response:
        """The response for a gateway that answers in place of this app.

        It has none of the headers that every answer gets: the gateway's own app adds them, once.
        """
        with self.request_context(environ):
            return self._response()

    def _response(self) -> Response:
        """What the current request's endpoint answers, or the refusal."""
        try:
            return self.make_response(self._handled())
        except Exception as error:
            return self._refuse(error)

    def _handled(self) -> Any:
        asked = request.method, request.path
        if endpoint := self._found.get(asked):
            return self.view_functions[endpoint]()
        method, path = asked
        # By path and method alone: no route here depends on the host.
        routes = self.url_map.bind("", path_info=self.own_path(path), default_method=method)
        if method == "OPTIONS":  # of an unknown path too: the refusal itself is to be read
            allowed = self.response_class()
            allowed.allow.update(routes.allowed_methods())
            return allowed
        endpoint, values = routes.match()
        if not values and len(self._found) < MOST_FOUND:  # one path may be written in many ways
            self._found[asked] = endpoint
        return self.view_functions[endpoint](**values)

    def own_path(self, path: str) -> str:
        """A request's path without the group's prefix."""
        path = re.sub("/{2,}", "/", path)
        if path == self.prefix or path.startswith(self.prefix + "/"):
            path = path.removeprefix(self.prefix)
        return path or "/"

    def _health(self) -> Json:
        return self.envelope.data({"status": "healthy"})

    def _refuse(self, error: Exception) -> Response:
        refusal = _known(error)
        if refusal.status >= 500:
            logs.failure(
                refusal.code,
                error,
                method=request.method,
                path=self.prefix + self.own_path(request.path),
            )
        return self.refused(refusal)

    def refused(self, refusal: ApiError) -> Response:
        """How a refusal is printed: in the group's envelope."""
        body, status = self.envelope.error(refusal)
        return self.make_response((body, status, refusal.headers))


def serve(app: Endpoints) -> Endpoints:
    """Lets the functions framework, which is loading `main.py`, hand each request to this app.

    The framework's own app would take each request through a Flask of its own, to call the
    function that `main.py` declares, and that function through this one. It runs `main.py` in the
    context of its app.
    """
    framework: Flask | None = current_app or None
    if framework:
        framework.wsgi_app = app.wsgi_app  # type: ignore[method-assign]
    return app


def body(model: type[M]) -> M:
    """The current request's JSON body as a model, whatever its content type says."""
    return fields.from_body(model, sent(), _app().refusal)


def sent() -> bytes:
    """The current request's body as it came. Raises TooLarge.

    It is read whole in any case, so it is measured and not cut off.
    """
    received = request.get_data()
    if len(received) > LARGEST_BODY:
        raise TooLarge
    return received


def query(model: type[M]) -> M:
    """The current request's query parameters as a model; of a repeated one, the first."""
    return fields.from_query(model, request.args.to_dict(), _app().refusal)


def data(value: T) -> "Answer[T]":
    """The answer with this data, in the group's envelope."""
    return cast("Answer[T]", _app().envelope.data(value))


def data_ending_in(value: Mapping[str, Any], field: str, items: Iterable[str]) -> "Answer[Any]":
    """The answer with this data and after it one more field: a list of what is JSON already."""
    app = _app()
    text = app.json.dumps(app.envelope.data({**value, field: []}))
    before, after = text.rsplit("[]", 1)
    printed = f"{before}[{','.join(items)}]{after}"
    return cast("Answer[Any]", app.response_class(printed, mimetype="application/json"))


def _app() -> Endpoints:
    """The group whose request this is."""
    app = current_app
    assert isinstance(app, Endpoints)
    return app


def client_address() -> str:
    """Who calls, as far as it cannot be forged: the last hop that a proxy of ours wrote down."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return forwarded.rsplit(",", 1)[-1].strip() or request.remote_addr or ""


def client_network() -> str:
    """Where a call comes from, as two callers of one network share it.

    Behind Hosting the last hop is Google's own for everybody, and the CDN says whose call it is; at
    a function's own URL the last hop is the caller, who may say anything of a CDN. Neither alone
    would do: together nobody can make them those of another network.
    """
    return f"{request.headers.get('Fastly-Client-IP', '')} {client_address()}"


def _known(error: Exception) -> ApiError:
    """Any exception as a refusal; what we did not foresee says `internal` and no more."""
    match error:
        case ApiError():
            return error
        case http.NotFound():
            return UnknownEndpoint()
        case http.MethodNotAllowed():
            return MethodNotAllowed(list(error.valid_methods or []))
        case http.HTTPException(code=code) if code is not None and 400 <= code < 500:
            return Malformed()
        case _:
            return ApiError()


def _finish(response: Response) -> Response:
    """Headers of every answer. An endpoint that may be cached has set its own Cache-Control."""
    headers = response.headers
    if request.method != "GET" or response.status_code >= 400 or "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    headers.extend(_ALWAYS)
    if request.method == "OPTIONS":
        asked = request.headers.get("Access-Control-Request-Headers", "")
        headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE, OPTIONS"
        headers["Access-Control-Allow-Headers"] = asked or "Content-Type, Authorization"
        headers["Access-Control-Max-Age"] = "3600"
        headers["Vary"] = "Access-Control-Request-Headers"
    return response
