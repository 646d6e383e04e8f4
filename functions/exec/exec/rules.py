"""How clients in the field name a path: in the query, in the body, after `/exec/`. Pure."""

import json
from collections.abc import Sequence
from urllib.parse import parse_qsl

Query = list[tuple[str, str]]

# Where a path is looked for, in this order.
IN_QUERY = ("path", "pathInfo", "action")
IN_BODY = ("path", "action")

# Names that clients use for endpoints of the contract.
ALIASES = {
    "presence/qr_generate": "presence/qr/generate",
    "presence/checkin_mobile": "presence/checkin",
}


def path_in_query(query: Sequence[tuple[str, str]]) -> tuple[str, Query]:
    """The path that a query names, or nothing, and the rest of the query."""
    for name in IN_QUERY:
        path = next((value for key, value in query if key == name), "")
        if path:
            return path, [(key, value) for key, value in query if key != name]
    return "", list(query)


def path_in_body(body: bytes) -> str:
    """The path that a JSON body names, or nothing."""
    try:
        fields = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return ""
    if not isinstance(fields, dict):
        return ""
    path = next((fields[key] for key in IN_BODY if isinstance(fields.get(key), str)), "")
    return str(path).encode(errors="replace").decode()  # JSON may hold half a character


def contract_path(path: str) -> tuple[str, Query]:
    """The contract's path without slashes at its ends, and the query that was glued to it."""
    path, _, glued = path.partition("?")
    path = path.strip().strip("/")
    return ALIASES.get(path, path), parse_qsl(glued)
