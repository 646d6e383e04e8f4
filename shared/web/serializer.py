"""JSON out: keys in their order, no spaces, text as it is."""

import json
from typing import Any

from flask.json.provider import JSONProvider
from pydantic_core import PydanticSerializationError, to_json


class CompactJson(JSONProvider):
    """Flask's JSON. NaN is an error; `msgspec.Raw` is JSON already and passes through."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """The text of an answer."""
        try:
            text = to_json(obj).decode()
        except PydanticSerializationError:
            return _with_raw_parts(obj)
        if "NaN" in text or "Infinity" in text:  # somebody's name, or a number that is none
            return json.dumps(obj, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """The value of a JSON text."""
        return json.loads(s)


def _with_raw_parts(obj: Any) -> str:
    """The text of an answer that holds `msgspec.Raw`. Raises TypeError for any other type."""
    from msgspec.json import encode  # loaded where a group stores JSON

    return encode(obj).decode()
