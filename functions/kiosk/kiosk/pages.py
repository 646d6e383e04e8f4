"""The page of a machine's screen, opened by its signed link, and the page's files.

What each endpoint does and refuses: answers.py.
"""

from __future__ import annotations

import os
import re
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, render_template, request

from kiosk import access
from kiosk.errors import LinkRefused
from kiosk.group import Group
from shared.base import settings
from shared.base.errors import NotFound
from shared.domain import signing
from shared.domain.machines import Machine, MachineBlocked, MachineNotFound, uuid_in
from shared.domain.signing import KIOSK_PREFIX
from shared.web.app import refusal_of, refuse
from shared.web.auth import custom_token
from shared.web.endpoints import endpoint

LINK = ["expires", "signature"]  # each once and nothing else: only these are signed
GOOGLE = (
    "https://firestore.googleapis.com",
    "https://identitytoolkit.googleapis.com",
    "https://securetoken.googleapis.com",
)
STATIC = Path(__file__).parent / "static"
ASSETS = {"kiosk.css": "text/css", "kiosk.js": "text/javascript"}
_EXPIRES = re.compile(r"[0-9]{1,12}")

routes = Blueprint("kiosk_pages", __name__, template_folder="templates")


@routes.get(f"{KIOSK_PREFIX}<uuid>")
@endpoint()
def page(group: Group, uuid: str) -> Response:
    machine, generation = _linked_machine(group, uuid)
    proof, _ = access.page_proof(machine.uuid, generation, group.now())
    sign_in = custom_token(f"kiosk-{uuid}", machine=machine.uuid, generation=generation)
    emulators = {
        "auth": os.environ.get("FIREBASE_AUTH_EMULATOR_HOST", ""),
        "firestore": os.environ.get("FIRESTORE_EMULATOR_HOST", ""),
    }
    html = render_template(
        "kiosk.html",
        machine=machine,
        proof=proof,
        sign_in=sign_in,
        project_id=settings.project_id(),
        api_key=settings.WEB_API_KEY.get() or "none",
        emulators=emulators,
        now=group.now().isoformat(),
    )
    hosts = [
        f"{scheme}://{host}" for host in emulators.values() if host for scheme in ("http", "ws")
    ]
    return _response(html, HTTPStatus.OK, hosts or list(GOOGLE))


@routes.get(f"{KIOSK_PREFIX}assets/<name>")
@endpoint()
def asset(_group: Group, name: str) -> Response:
    if name not in ASSETS:
        raise NotFound
    response = Response((STATIC / name).read_bytes(), mimetype=ASSETS[name])
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@routes.errorhandler(Exception)
def refuse_by_page(error: Exception) -> Response:
    """The refusal of a page as a page, since a browser shows it."""
    refusal = refusal_of(error)
    is_ours = refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    name = "unavailable.html" if is_ours else "refused.html"
    return _response(render_template(name, status=refusal.status), refusal.status, [])


@routes.app_errorhandler(HTTPStatus.NOT_FOUND)
@routes.app_errorhandler(HTTPStatus.METHOD_NOT_ALLOWED)
def refuse_unrouted(error: Exception) -> Response:
    """The refusal of a request without a route, which is in no blueprint: its path decides."""
    return refuse_by_page(error) if request.path.startswith(KIOSK_PREFIX) else refuse(error)


def _linked_machine(group: Group, uuid: str) -> tuple[Machine, int]:
    """The machine whose page the request's link opens now, and the link's key generation.

    At most 1 read; none for a link that we did not sign. Raises LinkRefused.
    """
    expires = request.args.get("expires", "")
    signature = request.args.get("signature", "")
    if (
        sorted(name for name, _ in request.args.items(multi=True)) != LINK
        or uuid != uuid_in(uuid)
        or not _EXPIRES.fullmatch(expires)
        or not (generation := signing.link_generation(uuid, expires, signature, group.now()))
    ):
        raise LinkRefused
    try:
        machine = access.usable_machine(group, uuid)
    except (MachineNotFound, MachineBlocked) as error:
        raise LinkRefused from error
    if generation < machine.generation:
        raise LinkRefused
    return machine, generation


def _response(html: str, status: int, connect_to: list[str]) -> Response:
    """A page that runs no script but ours, opens in no frame, and sends its address nowhere."""
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
