"""The function `exec`: joins the groups of the course contract under one URL."""

from shared.base import process

process.begin_loading()  # before the imports below: puts off garbage collection while modules load

import functions_framework
from flask import Request
from werkzeug import Response

import presence.routes
import telemetry.routes
from exec.routes import create_app, mounts
from shared.web.app import serve

app = serve(create_app(*mounts(presence, telemetry)))


@functions_framework.http
def exec(request: Request) -> Response:  # noqa: A001  as its URL is called
    return Response.from_app(app, request.environ)
