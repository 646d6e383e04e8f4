"""The function `telemetry`: joins the routes and their store."""

from shared.base import process

process.begin_loading()  # before the imports below: puts off garbage collection while modules load

import functions_framework
from flask import Request
from werkzeug import Response

from shared.web.app import serve
from telemetry import open_store
from telemetry.routes import create_app

app = serve(create_app(open_store))


@functions_framework.http
def telemetry(request: Request) -> Response:
    return Response.from_app(app, request.environ)
