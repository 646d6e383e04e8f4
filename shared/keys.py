"""API keys: what they are written with, and what is stored of them."""

import hashlib

KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
KEY_LENGTH = 32


def key_hash(key: str) -> str:
    """What is stored of a key. It has 190 random bits: a slow hash would add nothing."""
    return hashlib.sha256(key.encode()).hexdigest()
