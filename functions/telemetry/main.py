"""The function `telemetry`: joins the routes and their store."""

import functions_framework
from flask import Request, Response

from shared.app import serve
from telemetry import open_store
from telemetry.routes import create_app

app = serve(create_app(open_store))


@functions_framework.http
def telemetry(request: Request) -> Response:
    return app.answer(request.environ)
