"""The function `edge`: joins the routes and their store."""

import functions_framework
from flask import Request, Response

from edge import open_store
from edge.routes import create_app
from shared.app import serve

app = serve(create_app(open_store))


@functions_framework.http
def edge(request: Request) -> Response:
    return app.answer(request.environ)
