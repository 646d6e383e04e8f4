"""What a browser lets pages of other origins read: the CORS check of the Fetch standard."""

import re
from collections.abc import Sequence

from tools.conformance.http import Exchange, Hop
from tools.conformance.lines import Run, Section, Wrong, envelope, iso, now
from tools.conformance.presence import CHECKIN, GENERATE, STATUS
from tools.conformance.telemetry import ACCEL, GPS, TWO_SAMPLES, batch

UNREADABLE = "a browser does not let the page read this answer"
NO_POST = "a browser does not send the POST"
POSTS = (GENERATE, CHECKIN, ACCEL, GPS)
_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)  # what HTTP calls a token

clients = Section("Web clients")


def refusal(hop: Hop) -> str:
    """Why a browser keeps an answer from the page; empty where it does not."""
    name, values = "Access-Control-Allow-Origin", hop.allowed_origins
    if not values:
        return f"no {name}"
    if len(values) > 1:
        return f"{name} stands {len(values)} times: {', '.join(values)}"
    if values[0] not in ("*", hop.origin):
        after = " after a redirect to another origin" if hop.origin == "null" else ""
        return f"{name} is {values[0]!r}, the page's origin is {hop.origin!r}{after}"
    return ""


def expect_readable(exchanges: Sequence[Exchange]) -> None:
    """Raises Wrong at the first answer, or redirect to it, that a browser refuses."""
    for exchange in exchanges:
        for hop in exchange.hops:
            if reason := refusal(hop):
                to = f", redirected to {hop.url}" if hop.url != exchange.url else ""
                raise Wrong(f"{exchange.method} {exchange.url}{to}: {reason}: {UNREADABLE}")


def successes(run: Run) -> list[Exchange]:
    """A POST and a GET of each module that succeed where the module works."""
    session, device, moment = run.session(), run.new("device"), now()
    point = {"device_id": device, "ts": iso(moment), "lat": -7.2575, "lng": 112.7521}
    return [
        run.post(GENERATE, session),
        run.get(STATUS, **session, user_id=run.new("user")),
        run.post(ACCEL, batch(device, moment, TWO_SAMPLES)),
        run.get(f"{ACCEL}/latest", device_id=device),
        run.post(GPS, point),
        run.get(f"{GPS}/latest", device_id=device),
    ]


def refusals(run: Run) -> list[Exchange]:
    """A POST and a GET of each module, and of no module, that must be refused."""
    posts, gets = (GENERATE, ACCEL, GPS), (STATUS, f"{ACCEL}/latest", f"{GPS}/latest")
    return [
        *(run.post(path, {}) for path in (*posts, "presence/nothing")),
        *(run.get(path) for path in (*gets, "telemetry/nothing")),
    ]


@clients.must("a page of another origin may read every answer")
def readable(run: Run) -> None:
    kinds = [(True, successes(run)), (False, refusals(run))]
    expect_readable([*run.exchanges, *run.earlier])
    for ok, exchanges in kinds:
        for exchange in exchanges:
            if envelope(exchange)["ok"] is not ok:
                kind = "a success" if ok else "a refusal"
                raise Wrong(f"{exchange.method} {exchange.url}: must be {kind} to be judged")


@clients.must(
    "a browser may send JSON: the preflight of POST application/json is answered",
    styles=("rest",),  # `exec` sends its JSON as text/plain, which needs none
)
def preflight(run: Run) -> None:
    for path in POSTS:
        exchange = run.preflight(path)
        if reason := prohibition(exchange.hops[-1]):
            raise Wrong(f"OPTIONS {exchange.url}: {reason}: {NO_POST}")


def prohibition(answer: Hop) -> str:
    """Why a browser does not POST JSON after this preflight; empty where it does."""
    if not 200 <= answer.status <= 299:
        return f"the status must be 200 to 299, but is {answer.status}"
    headers, methods = ", ".join(answer.allowed_headers), ", ".join(answer.allowed_methods)
    if reason := refusal(answer):
        return reason
    if not _is_list(methods):  # POST itself needs no permission
        return f"Access-Control-Allow-Methods must be names between commas, but is {methods!r}"
    if not _is_list(headers):
        return f"Access-Control-Allow-Headers must be names between commas, but is {headers!r}"
    if not {"content-type", "*"} & set(_names(headers.lower())):
        return f"Access-Control-Allow-Headers must list content-type, but is {headers!r}"
    return ""


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _is_list(text: str) -> bool:
    return all(_NAME.fullmatch(name) for name in _names(text))
