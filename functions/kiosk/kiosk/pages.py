"""The page of a machine: opened by its signed link, with no script but its own."""

from __future__ import annotations

import os
import re
from http import HTTPStatus
from pathlib import Path

from flask import Response, render_template, request

from kiosk.access import Access, page_proof
from shared import clock, fields, settings, signing
from shared.app import Endpoints
from shared.auth import custom_token
from shared.envelopes import StatusEnvelope
from shared.errors import ApiError, Forbidden, NotFound
from shared.machines import MachineBlocked, MachineNotFound, uuid_in

PREFIX = "/rvm-ui/"
LINK = ["expires", "signature"]  # once each, and nothing beside them: no more is signed
GOOGLE = (
    "https://firestore.googleapis.com",
    "https://identitytoolkit.googleapis.com",
    "https://securetoken.googleapis.com",
)
STATIC = Path(__file__).parent / "static"
ASSETS = {"kiosk.css": "text/css", "kiosk.js": "text/javascript"}
_EXPIRES = re.compile(r"[0-9]{1,12}")


class LinkRefused(Forbidden):
    """The link was changed, is over, or is of no machine."""

    label = "LINK_REFUSED"


class Kiosk(Endpoints):
    """The kiosk's endpoints: JSON, but for the page, which is refused by a page too."""

    def __init__(self) -> None:
        needs = (settings.KIOSK_KEYS, settings.PIN_SECRET)
        super().__init__("kiosk", "/api/v1/kiosk", StatusEnvelope(), fields.all_errors, needs)

    def refused(self, refusal: ApiError) -> Response:
        """How a refusal is printed: for people where a browser shows it."""
        if not self.own_path(request.path).startswith(PREFIX):
            return super().refused(refusal)
        is_ours = refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        name = "unavailable.html" if is_ours else "refused.html"
        html = render_template(name, status=refusal.status)
        return _protected(html, refusal.status, [])


def add_endpoints(app: Endpoints, access: Access, now: clock.Clock) -> None:
    """Adds the page and what it is made of."""

    @app.get(f"{PREFIX}<uuid>")
    def page(uuid: str) -> Response:
        moment = now()
        expires = request.args.get("expires", "")
        signature = request.args.get("signature", "")
        if (
            sorted(name for name, _ in request.args.items(multi=True)) != LINK
            or uuid != uuid_in(uuid)
            or not _EXPIRES.fullmatch(expires)
            or not signing.is_good_link(uuid, expires, signature, moment)
        ):
            raise LinkRefused
        try:
            machine = access.by_uuid(uuid, moment)
        except (MachineNotFound, MachineBlocked) as error:
            raise LinkRefused from error
        emulators = {
            name: os.environ.get(f"{variable}_EMULATOR_HOST", "")
            for name, variable in (("auth", "FIREBASE_AUTH"), ("firestore", "FIRESTORE"))
        }
        html = render_template(
            "kiosk.html",
            machine=machine,
            proof=page_proof(machine),
            sign_in=custom_token(f"kiosk-{machine.uuid}", machine=machine.uuid),
            project_id=settings.project_id(),
            api_key=settings.WEB_API_KEY.get() or "none",
            emulators=emulators,
            now=moment.isoformat(),
        )
        hosts = [
            f"{scheme}://{host}" for host in emulators.values() if host for scheme in ("http", "ws")
        ]
        return _protected(html, 200, hosts or list(GOOGLE))

    @app.get(f"{PREFIX}assets/<name>")
    def asset(name: str) -> Response:
        if name not in ASSETS:
            raise NotFound
        found = Response((STATIC / name).read_bytes(), mimetype=ASSETS[name])
        found.headers["Cache-Control"] = "public, max-age=300"
        return found


def is_signed_in() -> bool:
    """Whether the request carries a token of a user."""
    return "Authorization" in request.headers


def _protected(html: str, status: int, connect_to: list[str]) -> Response:
    """A page that runs no script but ours, is framed nowhere, and tells its address to nobody."""
    policy = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'", *connect_to],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    response = Response(html, status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = "; ".join(
        " ".join([name, *sources]) for name, sources in policy.items()
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
