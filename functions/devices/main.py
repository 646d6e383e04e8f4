"""The function `devices`: joins the routes and their store."""

import functions_framework
from flask import Request, Response

from devices import open_store
from devices.routes import create_app
from shared.app import serve

app = serve(create_app(open_store))


@functions_framework.http
def devices(request: Request) -> Response:
    return app.answer(request.environ)
