"""The sizes of the clients, as docs/apps.md says them."""

import gzip
from pathlib import Path

import pytest

from tools.paths import ROOT

FIREBASE = [
    ROOT / f"node_modules/firebase/firebase-{part}.js" for part in ("app", "auth", "firestore")
]


def row(name: str, files: list[Path]) -> str:
    """A line of the table."""
    texts = [file.read_bytes() for file in files]
    size = sum(map(len, texts))
    compressed = sum(len(gzip.compress(text, 9, mtime=0)) for text in texts)
    return f"| {name} | {size:,} | {round(compressed, -2):,} |"


def lines() -> list[str]:
    return (ROOT / "docs/apps.md").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", ["public/js/simpul.js", "public/js/realtime.js"])
def test_the_docs_say_how_large_a_script_is(name: str) -> None:
    assert row(f"`{name}`", [ROOT / name]) in lines()


def test_the_docs_say_how_large_the_python_client_is() -> None:
    modules = sorted((ROOT / "clients/python/simpul_client").glob("*.py"))
    assert row("`clients/python`, all modules", modules) in lines()


@pytest.mark.npm
def test_the_docs_say_what_a_listener_loads() -> None:
    assert row("Firebase, for listeners only", FIREBASE) in lines()
