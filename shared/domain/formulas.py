"""Which texts a spreadsheet may run instead of showing them. Pure."""

import unicodedata

SIGNS = ("=", "+", "-", "@")
NEVER_FIRST = ("\t", "\r", "\n")  # a spreadsheet may drop them, and run the rest
_NOT_SEEN = "CMZ"  # general categories: control and format characters, marks, separators
_BLANK = "\u115f\u1160\u3164\uffa0\u2800"  # by category seen: Hangul fillers, a Braille blank


def is_formula(text: str) -> bool:
    """Whether a cell's first visible character begins a formula, in any width of that character.

    White space and invisible characters before it do not count: some spreadsheets skip them.
    """
    first = unicodedata.normalize("NFKC", next(filter(_is_seen, text), ""))
    return text.startswith(NEVER_FIRST) or first.startswith(SIGNS)


def _is_seen(char: str) -> bool:
    return unicodedata.category(char)[0] not in _NOT_SEEN and char not in _BLANK
