"""The function `exec`: joins the groups of the course contract under one URL."""

import functions_framework
from flask import Request, Response

import presence.routes
import telemetry.routes
from exec.routes import create_app
from shared.app import serve

groups = {
    group.__name__: group.routes.create_app(group.open_store) for group in (presence, telemetry)
}
app = serve(create_app(groups))


@functions_framework.http
def exec(request: Request) -> Response:  # noqa: A001  as its URL is called
    return app.answer(request.environ)
