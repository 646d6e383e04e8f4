"""The function `presence`: joins the routes and their store."""

import functions_framework
from flask import Request, Response

from presence import open_store
from presence.routes import create_app
from shared.app import serve

app = serve(create_app(open_store))


@functions_framework.http
def presence(request: Request) -> Response:
    return app.answer(request.environ)
