"""The function `people`: joins the routes and their store."""

from shared.base import process

process.begin_loading()  # before the imports below: puts off garbage collection while modules load

import functions_framework
from flask import Request
from werkzeug import Response

from people import open_store
from people.routes import create_app
from shared.web.app import serve

app = serve(create_app(open_store))


@functions_framework.http
def people(request: Request) -> Response:
    return Response.from_app(app, request.environ)
