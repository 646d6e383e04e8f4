"""Document ids made of any text."""

import hashlib
import re

# Firestore refuses `/`, `.`, `..`, `__x__` and the empty id; `%` is our own escape sign,
# and control characters would be unreadable in the console.
_UNSAFE = re.compile(r"[/%\x00-\x1f\x7f]")
_RESERVED = re.compile(r"\.{1,2}|__.*__", re.DOTALL)
_LONGEST = 1_500  # bytes: Firestore's limit for one id
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,200}")  # nearly all of them


def document_id(text: str) -> str:
    """The text itself wherever Firestore takes it, else escaped: readable, and never two alike."""
    if _PLAIN.fullmatch(text):
        return text
    safe = _UNSAFE.sub(_escape, text)
    if _RESERVED.fullmatch(safe):
        safe = "%" + f"{ord(safe[0]):02X}" + safe[1:]
    if not safe:
        return "%"
    if len(safe.encode()) > _LONGEST:
        return "%~" + hashlib.sha256(text.encode()).hexdigest()
    return safe


def fingerprint(*parts: str, length: int = 12) -> str:
    """A short name for these parts in this order: the same parts, the same name.

    Upper-case letters and digits (Crockford's alphabet), five bits each.
    """
    digest = hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).digest()
    number = int.from_bytes(digest)
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> 5 * i & 31] for i in range(length))


def _escape(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"
