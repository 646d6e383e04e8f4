"""Each page of the docs in Indonesian, `NAME.id.md`, says what the English `NAME.md` says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.test_docs import LINK
from tools.paths import ROOT
from tools.prose import markdown_prose

# What a student reads has both sides. Other pages may have them.
FOR_STUDENTS = (
    "README",
    "docs/apps",
    "docs/deploy",
    "docs/pages",
    "docs/presence",
    "docs/telemetry",
)
INDONESIAN = [*ROOT.glob("*.id.md"), *sorted((ROOT / "docs").rglob("*.id.md"))]
BLOCK = re.compile(
    r"^( *)```.*?^\1```$|(?:^ {4,}[^\n]*\n(?:\n(?= {4}))?)+", re.DOTALL | re.MULTILINE
)
CODE = re.compile(r"``?([^`]+)``?")
COMMENT = re.compile(r"(?:^|(?<=\s))(?:#|//)\s.*$", re.MULTILINE)
LABEL = re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
ENGLISH = re.compile(r"\b(?:the|of|is|are|and|to|with|for|without)\b", re.IGNORECASE)
HERE = "\N{OBJECT REPLACEMENT CHARACTER}"  # stands for a block of code

each_page = pytest.mark.parametrize(
    "indonesian", INDONESIAN, ids=lambda path: path.relative_to(ROOT).as_posix()
)


@dataclass(frozen=True)
class Section:
    """A heading, and what is the same below it in every language."""

    heading: str
    blocks: tuple[str, ...]  # of code, without their comments
    facts: frozenset[
        str
    ]  # code in the text, links, numbers; how many paragraphs, lines of tables, items

    @property
    def level(self) -> int:
        return self.heading.index(" ")


def english_of(indonesian: Path) -> Path:
    return indonesian.with_name(indonesian.name.replace(".id.md", ".md"))


def sections(page: str) -> list[Section]:
    """The sections of a page, in order."""
    blocks = iter([match[0] for match in BLOCK.finditer(page)])
    found = []
    for part in re.split(r"^(?=#+ )", BLOCK.sub(f"{HERE}\n", page), flags=re.MULTILINE):
        heading, _, body = part.partition("\n")
        own = tuple(_bare(next(blocks)) for _ in range(body.count(HERE)))
        if heading.startswith("#"):
            found.append(Section(heading, own, frozenset(_facts(body))))
    return found


def _bare(block: str) -> str:
    """The code of a block. A comment may be in the language of the page."""
    lines = (line.strip() for line in COMMENT.sub("", block).splitlines())
    return "\n".join(line for line in lines if line)


def _facts(body: str) -> Iterator[str]:
    yield from (f"`{code}`" for code in CODE.findall(re.sub(r"\s+", " ", body)))
    for target, _ in LINK.findall(body):
        yield "link to " + re.sub(r"\.id\.(md|png)$", r".\1", target)
    prose = LINK.sub("", CODE.sub("", body))
    yield from (re.sub(r"[.,]", "", number) for number in NUMBER.findall(prose))
    lines = [line.strip() for line in body.splitlines()]
    items = [line for line in lines if re.match(r"(?:-|[0-9]+[.]) ", line)]
    paragraphs = re.split(r"\n\s*\n", body.strip())
    yield f"{len(paragraphs)} paragraphs"
    yield f"{sum(line.startswith('|') for line in lines)} lines of tables"
    yield f"{len(items)} items of lists"


def differences(english: str, indonesian: str) -> list[str]:
    """A line for each heading that one side lacks, and for each other difference of a section."""
    left, right = sections(english), sections(indonesian)
    keys = ([(one.level, one.blocks, one.facts) for one in side] for side in (left, right))
    matcher = SequenceMatcher(a=next(keys), b=next(keys), autojunk=False)
    found: list[str] = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind != "equal":
            for one, other in zip_longest(left[i:j], right[k:m]):
                found += _compare(one, other)
    return found


def _compare(one: Section | None, other: Section | None) -> Iterator[str]:
    if one is None or other is None or one.level != other.level:
        if one:
            yield f"only in English: {one.heading}"
        if other:
            yield f"only in Indonesian: {other.heading}"
        return
    where = f"{one.heading} / {other.heading}"
    for name, here, there in (("English", one, other), ("Indonesian", other, one)):
        yield from (f"{where}: only in {name}: {fact}" for fact in sorted(here.facts - there.facts))
    for block, same in zip_longest(one.blocks, other.blocks):
        if block != same:
            yield f"{where}: code differs:\n{block}\n--- Indonesian:\n{same}"


@each_page
def test_both_sides_have_the_same_headings_code_and_facts(indonesian: Path) -> None:
    sides = [path.read_text("utf-8") for path in (english_of(indonesian), indonesian)]
    found = differences(*sides)
    assert not found, "\n" + "\n".join(found)


@each_page
def test_a_page_leads_to_its_other_side_below_its_title(indonesian: Path) -> None:
    english = english_of(indonesian)
    switch = f"**English** · [Bahasa Indonesia]({indonesian.name})"
    assert english.read_text("utf-8").splitlines()[2] == switch
    switch = f"[English]({english.name}) · **Bahasa Indonesia**"
    assert indonesian.read_text("utf-8").splitlines()[2] == switch


@each_page
def test_an_indonesian_page_leads_to_indonesian_pages_and_pictures(indonesian: Path) -> None:
    targets = {target for target, _ in LINK.findall(indonesian.read_text("utf-8"))}
    known = {
        target: re.sub(r"\.(md|png)$", r".id.\1", target)
        for target in targets - {english_of(indonesian).name}
        if re.search(r"(?<!\.id)\.(md|png)$", target)
    }
    missed = [here for here, there in known.items() if (indonesian.parent / there).exists()]
    assert not missed


@each_page
def test_no_sentence_of_an_indonesian_page_is_still_english(indonesian: Path) -> None:
    english = set(_lines(english_of(indonesian)))
    same = [line for line in _lines(indonesian) if line in english and ENGLISH.search(line)]
    assert not same


def _lines(path: Path) -> list[str]:
    """The lines of a page without its code and links, and without names of buttons."""
    text = LABEL.sub("", LINK.sub("", markdown_prose(path.read_text("utf-8"))))
    return [re.sub(r"[\W\d_]+", " ", line).strip() for line in text.splitlines()]


def test_each_page_for_students_has_both_sides() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in INDONESIAN}
    assert {f"{name}.id.md" for name in FOR_STUDENTS} <= names


def test_what_the_page_of_pages_calls_a_button_is_its_text_in_that_language() -> None:
    sides = [ROOT / "docs/pages.md", ROOT / "docs/pages.id.md"]
    labels = [LABEL.findall(markdown_prose(path.read_text("utf-8"))) for path in sides]
    assert labels[0]
    texts = [match for path in ROOT.glob("pages/*/*.js") for match in _texts(path)]
    unknown = [
        (english, indonesian)
        for english, indonesian in zip_longest(*labels, fillvalue="nothing")
        if not any(i.startswith(indonesian) and e.startswith(english) for i, e in texts)
    ]
    assert not unknown


def _texts(path: Path) -> list[tuple[str, str]]:
    """The texts of a page, each in Indonesian and English."""
    return re.findall(r'id: "([^"]*)",\s*en: "([^"]*)"', path.read_text("utf-8"))


def test_a_heading_that_one_side_lacks_is_named() -> None:
    english = "# A\n\n`x`\n\n## B\n\nNothing.\n\n## C\n\n`y`\n"
    indonesian = "# P\n\n`x`\n\n## Q\n\nTidak ada.\n"
    assert differences(english, indonesian) == ["only in English: ## C"]
    assert differences(indonesian, english) == ["only in Indonesian: ## C"]
    without = indonesian.replace("## Q\n\nTidak ada.", "## R\n\n`y`")
    assert differences(english, without) == ["only in English: ## B"]


def test_a_heading_of_another_level_is_named_on_both_sides() -> None:
    assert differences("# A\n\n## B\n", "# P\n\n### Q\n") == [
        "only in English: ## B",
        "only in Indonesian: ### Q",
    ]


def test_code_is_the_same_on_both_sides_except_for_its_comments() -> None:
    page = "# A\n\n    dev.py up      # starts\n\n```js\nf(); // calls\n```\n"
    assert differences(page, page.replace("starts", "mulai").replace("calls", "panggil")) == []
    (found,) = differences(page, page.replace("f();", "g();"))
    assert found.startswith("# A / # A: code differs:\n```js\nf();\n")


def test_a_fact_that_one_side_lacks_is_named() -> None:
    english = "# A\n\nRead [it](a.md) with `x`.\n\n| a |\n|---|\n| b |\n\n- one\n- two\n"
    indonesian = "# P\n\nBaca [ini](a.id.md).\n\n| a |\n|---|\n\n- satu\n"
    assert differences(english, indonesian) == [
        "# A / # P: only in English: 2 items of lists",
        "# A / # P: only in English: 3 lines of tables",
        "# A / # P: only in English: `x`",
        "# A / # P: only in Indonesian: 1 items of lists",
        "# A / # P: only in Indonesian: 2 lines of tables",
    ]
