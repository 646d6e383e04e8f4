"""API keys: their alphabet and length, and the hash that is stored instead of a key."""

import hashlib

KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
KEY_LENGTH = 32


def key_hash(key: str) -> str:
    """The SHA-256 of a key. A key has 190 random bits: a slow hash would add nothing."""
    return hashlib.sha256(key.encode()).hexdigest()
