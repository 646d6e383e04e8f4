"""The function `exec`: joins the groups of the course contract under one URL."""

import functions_framework
from flask import Request, Response

import presence
import presence.routes
from exec.routes import create_app
from shared.app import serve

app = create_app({"presence": presence.routes.create_app(presence.open_store)})


@functions_framework.http
def exec(request: Request) -> Response:  # noqa: A001  as its URL is called
    return serve(app, request)
