"""The Flask app of a group: one error handler, the headers of every answer, health."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import IO, Any

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug import exceptions as http

from shared.base import settings
from shared.base.errors import ApiError, Malformed, MethodNotAllowed, TooLarge, UnknownEndpoint
from shared.base.settings import Setting
from shared.web import fields, logs, refusals, start
from shared.web.envelopes import Envelope, Json
from shared.web.serializer import CompactJson

HEALTH_PATH = "/__/health"
LARGEST_BODY = 1024 * 1024
MOST_DROPPED = 32 * LARGEST_BODY  # of a refused body; Cloud Run accepts no larger one
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Strict-Transport-Security", "max-age=31536000"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Retry-After"),
)
WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Api(Flask):
    """A Flask app whose answers and refusals come in one envelope.

    Routes are declared without the group's prefix: behind Hosting a function sees the whole path,
    at its own URL the first segment is gone, and both are served. `needs`: secrets without which
    the function does not start in the cloud.
    """

    json_provider_class = CompactJson

    def __init__(
        self,
        name: str,
        prefix: str,
        envelope: Envelope,
        refusal: fields.Refusal = refusals.first_error,
        needs: tuple[Setting, ...] = (),
        middleware: Callable[[WsgiApp], WsgiApp] = lambda app: app,
    ) -> None:
        start.guard(*needs)
        super().__init__(name, static_folder=None)
        # One byte more: of a body without a length Flask reads so much and does not say that it
        # goes on.
        self.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY + 1
        self.prefix = prefix
        self.envelope = envelope
        self.refusal = refusal
        self.attested = False  # `app_check.attested` says so
        self.url_map.strict_slashes = False
        self.url_map.merge_slashes = False  # `WithoutPrefix` has merged them: no redirect
        inner = middleware(self.wsgi_app)  # sees the path without the prefix
        self.wsgi_app = WithoutPrefix(inner, prefix)  # type: ignore[method-assign]
        self.register_error_handler(Exception, refuse)
        self.after_request(_finish)
        self.add_url_rule(HEALTH_PATH, "health", self._health)

    def mount(self, routes: Blueprint, group: object, url_prefix: str = "") -> None:
        """Adds the endpoints of a blueprint. `group` is the first argument of each handler."""
        self.extensions[routes.name] = group
        self.register_blueprint(routes, url_prefix=url_prefix or None)

    def _health(self) -> Json:
        """What monitors and pages may know of a function."""
        facts = {"status": "healthy", "auth_mode": settings.AUTH_MODE.get()}
        if self.attested and settings.APP_CHECK.get() == "on":
            facts["app_check_site_key"] = settings.APP_CHECK_SITE_KEY.get()
        return self.envelope.data(facts)


class WithoutPrefix:
    """WSGI middleware: the app sees the path without the group's prefix."""

    def __init__(self, app: WsgiApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = without_prefix(environ.get("PATH_INFO", ""), self._prefix)
        return self._app({**environ, "PATH_INFO": path}, start_response)


def without_prefix(path: str, prefix: str) -> str:
    """A path as the group's own URL has it, its slashes merged."""
    path = re.sub("/{2,}", "/", f"/{path}")
    if path == prefix or path.startswith(prefix + "/"):
        path = path.removeprefix(prefix)
    return path or "/"


def serve(app: Api) -> Api:
    """Lets functions-framework, which is loading `main.py`, hand each request to this app.

    The framework runs `main.py` in the context of its own Flask app. Our app takes the place that
    Flask documents for middleware, so a request goes through one Flask and not through two.
    """
    framework: Flask | None = current_app or None
    if framework:
        framework.wsgi_app = app.wsgi_app  # type: ignore[method-assign]
    return app


def api() -> Api:
    """The app of the current request."""
    app = current_app
    assert isinstance(app, Api)
    return app


def refusal_of(error: Exception) -> ApiError:
    """Any exception as a refusal. One that we did not foresee is logged and says `internal`."""
    refusal = _as_refusal(error)
    if refusal.status >= 500:
        path = api().prefix + request.path
        logs.failure(refusal.code, error, method=request.method, path=path)
    return refusal


def _as_refusal(error: Exception) -> ApiError:
    match error:
        case ApiError():
            return error
        case http.NotFound():
            return UnknownEndpoint()
        case http.MethodNotAllowed():
            return MethodNotAllowed(list(error.valid_methods or []))
        case http.RequestEntityTooLarge():
            return TooLarge()
        case http.HTTPException(code=code) if code is not None and 400 <= code < 500:
            return Malformed()
        case _:
            return ApiError()


def refuse(error: Exception) -> Response:
    """The answer to a request that raised, in the group's envelope."""
    if request.method == "OPTIONS" and request.routing_exception:
        return Response()  # the preflight passes, so that a page may read the refusal itself
    refusal = refusal_of(error)
    body, status = api().envelope.error(refusal)
    return api().make_response((body, status, refusal.headers))


def _finish(response: Response) -> Response:
    """Headers of every answer. An endpoint that may be cached has set its own Cache-Control."""
    headers, method = response.headers, request.method
    if method != "GET" or response.status_code >= 400 or "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    headers.extend(_ALWAYS)
    if method == "OPTIONS":
        requested = request.headers.get("Access-Control-Request-Headers", "")
        headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE, OPTIONS"
        headers["Access-Control-Allow-Headers"] = requested or "Content-Type, Authorization"
        headers["Access-Control-Max-Age"] = "3600"
        headers["Vary"] = "Access-Control-Request-Headers"
    if method != "GET":
        _drop_body(response)
    return response


def _drop_body(response: Response) -> None:
    """Reads what is left of the body once the answer is out, and keeps none of it.

    Else the connection would be reset, and a client that is still sending, or a proxy, would not
    see the answer.
    """
    environ, length = request.environ, request.content_length or 0
    is_unread = bool(request.routing_exception) or length > LARGEST_BODY
    if environ.get("wsgi.input_terminated"):  # gunicorn's ends where the body ends
        response.call_on_close(partial(_drop, environ["wsgi.input"], MOST_DROPPED))
    elif is_unread:
        response.call_on_close(partial(_drop, environ["wsgi.input"], min(length, MOST_DROPPED)))
    else:
        request.get_data()


def _drop(body: IO[bytes], size: int) -> None:
    with suppress(Exception):  # the client has gone, or its chunks are none
        while size > 0 and (piece := body.read(min(size, 65_536))):
            size -= len(piece)
