"""The function `kiosk`: joins the routes and their store."""

import functions_framework
from flask import Request, Response

from kiosk import open_store
from kiosk.routes import create_app
from shared.app import serve

app = serve(create_app(open_store))


@functions_framework.http
def kiosk(request: Request) -> Response:
    return app.answer(request.environ)
