"""The prose check: words that the docs, docstrings and comments do not use (`prose.toml`)."""

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.paths import ROOT

DICTIONARY = Path(__file__).with_name("prose.toml")
DOCS = (
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs/**/*.md",
    "benchmarks/README.md",
)  # fmt: skip
INDONESIAN = ("README.id.md", "docs/**/*.id.md")
CODE = ("functions/**/*.py", "shared/**/*.py", "tools/**/*.py", "infra/**/*.py", "dev.py")
_SKIPPED = {"venv", "__pycache__"}
_MARKDOWN_CODE = re.compile(r"^```.*?^```|^ {4,}.*?$|``?[^`]+``?", re.DOTALL | re.MULTILINE)


def problems(root: Path = ROOT) -> list[str]:
    """A line `file:line: "word": suggestion` for each word of the dictionary that is used."""
    dictionary = tomllib.loads(DICTIONARY.read_text("utf-8"))
    everywhere, docs_only = dictionary["everywhere"], dictionary["docs"]
    return [
        *_problems(root, INDONESIAN, dictionary["indonesian"]),
        *_problems(root, DOCS, everywhere | docs_only),
        *_problems(root, CODE, everywhere),
    ]


def _problems(root: Path, patterns: Iterable[str], words: dict[str, str]) -> Iterator[str]:
    for path in sorted(path for pattern in patterns for path in root.glob(pattern)):
        is_other = path.name.endswith(".id.md") and patterns is not INDONESIAN
        if _SKIPPED.isdisjoint(path.parts) and not is_other:
            source = path.read_text("utf-8")
            prose = python_prose(source) if path.suffix == ".py" else markdown_prose(source)
            for line, word, suggestion in matches(prose, words):
                yield f'{path.relative_to(root)}:{line}: "{word}": {suggestion}'


def matches(prose: str, words: dict[str, str]) -> list[tuple[int, str, str]]:
    """Line, word and suggestion of each match. A phrase also matches across a line break."""
    phrases = {re.sub(r"\s+", " ", word): suggestion for word, suggestion in words.items()}
    longest_first = sorted(phrases, key=len, reverse=True)
    pattern = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest_first)
    return [
        (prose.count("\n", 0, match.start()) + 1, word, phrases[word.lower()])
        for match in re.finditer(rf"\b(?:{pattern})\b", prose, re.IGNORECASE)
        if (word := re.sub(r"\s+", " ", match[0]))
    ]


def markdown_prose(source: str) -> str:
    """Markdown without its code, line by line as in the source."""
    return _MARKDOWN_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)


def python_prose(source: str) -> str:
    """The docstrings and comments of a module, each on its own line of the source."""
    lines = [""] * (source.count("\n") + 2)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            lines[token.start[0] - 1] = token.string.lstrip("# ")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node, clean=False)
            if docstring:
                first = node.body[0].lineno - 1
                for number, line in enumerate(docstring.split("\n")):
                    lines[first + number] = re.sub(r"`[^`]+`", "", line)
    return "\n".join(lines)


if __name__ == "__main__":
    found = problems()
    print("\n".join(found))
    sys.exit(bool(found))
