"""Where a request comes from, as far as a caller cannot forge it."""

from flask import request


def client_address() -> str:
    """The last hop that a proxy of ours wrote down, else the peer's address."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return forwarded.rsplit(",", 1)[-1].strip() or request.remote_addr or ""


def client_network() -> str:
    """The same text for two callers of one network.

    Behind Hosting the last hop is Google's own for everybody, and the CDN names the caller. At a
    function's own URL the last hop is the caller, who may forge the CDN's header. Nobody can forge
    both together.
    """
    return f"{request.headers.get('Fastly-Client-IP', '')} {client_address()}"
