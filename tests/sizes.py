"""How large a document is in Firestore's own count, of which it takes 1 MiB at most."""

from collections.abc import Mapping
from typing import Any

LARGEST = 200_000  # bytes of a document of ours that grows


def stored_size(value: Any) -> int:
    """The bytes of a value: of a text its UTF-8 and one, of an object its names too."""
    if isinstance(value, Mapping):
        return 32 + sum(stored_size(str(name)) + stored_size(item) for name, item in value.items())
    if isinstance(value, str):
        return len(value.encode()) + 1
    if isinstance(value, list | tuple):
        return sum(map(stored_size, value))
    return 8
