"""Writes the document where Hosting serves it."""

import sys

from tools.api.document import FILE, text
from tools.console import Problem, say


def main() -> int:
    """0 when the file is what the code says."""
    try:
        made = text()
    except Problem as problem:
        say(str(problem))
        return 1
    FILE.write_text(made, encoding="utf-8", newline="\n")
    say(f"Wrote {FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
