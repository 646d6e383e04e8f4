"""Which app is calling: Firebase App Check, where the setting APP_CHECK is on."""

from flask import request

from shared.base import settings
from shared.base.errors import AppCheckRequired, Unavailable
from shared.web import auth
from shared.web.app import HEALTH_PATH, Api

HEADER = "X-Firebase-AppCheck"


def attested(app: Api) -> Api:
    """The same app. With APP_CHECK=on each of its requests needs the token of an attested app.

    Health and preflights need none: the first tells a page the site key, the second has no token.
    """
    app.attested = True
    app.before_request(_require)
    return app


def _require() -> None:
    """Raises AppCheckRequired, Unavailable. Runs before the request is routed or read."""
    if settings.APP_CHECK.get() == "off":
        return
    if request.method == "OPTIONS" or request.path == HEALTH_PATH:
        return
    token = request.headers.get(HEADER, "")
    if not token:
        raise AppCheckRequired
    _verify(token)


def _verify(token: str) -> None:
    """The SDK keeps Google's public keys for six hours, so a good token costs no call."""
    import jwt
    from firebase_admin import app_check

    try:
        app_check.verify_token(token, app=auth.firebase_app())
    except jwt.PyJWKClientConnectionError as error:
        raise Unavailable from error
    except (ValueError, RecursionError, jwt.PyJWTError) as error:
        raise AppCheckRequired from error
