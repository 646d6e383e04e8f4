"""The function `stations`: joins the routes and their store."""

import functions_framework
from flask import Request, Response

from shared.app import serve
from stations import open_store
from stations.routes import create_app

app = serve(create_app(open_store))


@functions_framework.http
def stations(request: Request) -> Response:
    return app.answer(request.environ)
