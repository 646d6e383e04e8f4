"""How clients in the field name a path, send a form, and ask for a script. Pure."""

import json
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

Query = list[tuple[str, str]]

# Where a path is looked for, in this order.
IN_QUERY = ("path", "pathInfo", "action")
IN_BODY = ("path", "action")

# Content types that Apps Script reads into `e.parameter`, and the fields of such a form in which
# some clients put the whole request as JSON.
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
WHOLE = ("payload", "data")

_FUNCTION = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*", re.ASCII)
_LONGEST_FUNCTION = 100  # characters

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
    fields = json_object(body) or {}
    path = next((fields[key] for key in IN_BODY if isinstance(fields.get(key), str)), "")
    return str(path).encode(errors="replace").decode()  # JSON may hold half a character


def json_object(text: str | bytes) -> dict[str, object] | None:
    """The fields of a JSON object, None where the text is none."""
    fields = _json(text)
    return fields if isinstance(fields, dict) else None


def fields_of_form(query: Query, form: Query) -> dict[str, object]:
    """A form as `e.parameter` has it: with the fields of the query; of equal names the first."""
    fields: dict[str, object] = dict(reversed([*query, *form]))
    for name in WHOLE:
        if whole := json_object(str(fields.get(name, ""))):
            fields = {**fields, **whole}
    if isinstance(samples := _json(str(fields.get("samples", ""))), list):
        fields["samples"] = samples
    return fields


def is_function_name(text: str) -> bool:
    """Whether a JSONP callback is the name of a function, and no other code."""
    return len(text) <= _LONGEST_FUNCTION and bool(_FUNCTION.fullmatch(text))


def script(function: str, json_text: str) -> str:
    """The script that calls a function with an answer.

    It begins with a comment, so that no reader takes it for another kind of file, and has no sign
    that ends a line in older JavaScript.
    """
    safe = json_text.strip().replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"/**/{function}({safe});"


def _json(text: str | bytes) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def contract_path(path: str) -> tuple[str, Query]:
    """The contract's path without slashes at its ends, and the query that was glued to it."""
    path, _, glued = path.partition("?")
    path = path.strip().strip("/")
    return ALIASES.get(path, path), parse_qsl(glued)
