"""Which texts a spreadsheet may run instead of showing them. Pure."""

import unicodedata

SIGNS = ("=", "+", "-", "@")
NEVER_FIRST = ("\t", "\r", "\n")  # a spreadsheet may drop them, and run the rest
_NOT_SEEN = "CMZ"  # general categories: control and format characters, marks, separators


def is_formula(text: str) -> bool:
    """Whether a cell's first visible character begins a formula, in any width of that character.

    White space and invisible characters before it do not count: some spreadsheets skip them.
    """
    seen = (char for char in text if unicodedata.category(char)[0] not in _NOT_SEEN)
    first = unicodedata.normalize("NFKC", next(seen, ""))
    return text.startswith(NEVER_FIRST) or first.startswith(SIGNS)
