"""The pictures of the docs: each is there, is shown by a page, and shows the page of today."""

import json
from pathlib import Path

import pytest

from tests.test_docs import LINK, PAGES
from tools import screenshots
from tools.console import Problem


def test_every_picture_was_made_from_its_page_of_today() -> None:
    old = screenshots.outdated()
    assert not old, (
        f"docs/images shows older pages: {', '.join(old)}. Run `python3 dev.py up`, and in another "
        "terminal `python3 dev.py screenshots`"
    )


def test_every_picture_is_there_in_each_language_and_no_other() -> None:
    suffixes = screenshots.LANGUAGES.values()
    wanted = {name + suffix for name in screenshots.PICTURES for suffix in suffixes}
    assert {path.name for path in screenshots.FOLDER.glob("*.png")} == wanted


def test_every_picture_is_shown_by_a_page() -> None:
    shown = {
        Path(target).name
        for page in PAGES
        for target, _ in LINK.findall(page.read_text("utf-8"))
        if target.endswith(".png")
    }
    assert {path.name for path in screenshots.FOLDER.glob("*.png")} == shown


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two pages and what they share."""
    for name in ("pages/shared/dom.js", "pages/map/main.js", "pages/console/main.js"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"a();\nb();\n")
    monkeypatch.setattr(screenshots, "ROOT", tmp_path)
    return tmp_path


def test_a_changed_source_changes_the_digest_of_its_page_only(root: Path) -> None:
    before = {page: screenshots.digest(page) for page in ("map", "console")}
    (root / "pages/map/main.js").write_bytes(b"c();\n")
    assert screenshots.digest("map") != before["map"]
    assert screenshots.digest("console") == before["console"]
    (root / "pages/shared/dom.js").write_bytes(b"c();\n")
    assert screenshots.digest("console") != before["console"]


def test_the_digest_is_the_same_with_the_line_ends_of_windows(root: Path) -> None:
    before = screenshots.digest("map")
    (root / "pages/map/main.js").write_bytes(b"a();\r\nb();\r\n")
    assert screenshots.digest("map") == before


def test_every_picture_belongs_to_a_page_with_sources() -> None:
    nothing = screenshots.digest("nothing")  # what all pages share
    assert nothing not in {screenshots.digest(page) for page in screenshots.PICTURES.values()}


def test_without_a_running_suite_the_command_says_what_to_start(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"start `python3 dev\.py up`"):
        screenshots.screenshots(tmp_path, everything=True)


def test_without_a_changed_page_nothing_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demo.json").write_text("{}", "utf-8")
    record = tmp_path / "sources.json"
    made = {name: screenshots.digest(page) for name, page in screenshots.PICTURES.items()}
    record.write_text(json.dumps(made), "utf-8")
    monkeypatch.setattr(screenshots, "RECORD", record)
    assert screenshots.screenshots(tmp_path, everything=False) == 0
    assert "No page has changed" in capsys.readouterr().out
