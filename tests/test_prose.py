"""The prose check of `tools/prose.py`, run on the project and on examples."""

import tomllib
from pathlib import Path

from tools import prose

WORDS = {"once more": "again"}


def test_the_project_uses_no_word_of_the_dictionary() -> None:
    problems = prose.problems()
    assert not problems, "\n" + "\n".join(problems)


def test_the_words_of_the_dictionary_are_lower_case_and_have_a_replacement() -> None:
    tables = tomllib.loads(prose.DICTIONARY.read_text("utf-8"))
    assert set(tables) == {"everywhere", "docs", "indonesian"}
    words = [word for table in tables.values() for word in table]
    assert sorted(words) == sorted({word.lower() for word in words})
    assert all(suggestion for table in tables.values() for suggestion in table.values())


def test_a_page_in_indonesian_has_its_own_words(tmp_path: Path) -> None:
    for name in ("README.md", "README.id.md"):
        (tmp_path / name).write_text("anew, ijin\n", "utf-8")
    found = [line.rpartition(": ")[0] for line in prose.problems(tmp_path)]
    assert found == ['README.id.md:1: "ijin"', 'README.md:1: "anew"']


def test_a_phrase_is_reported_across_a_line_break_with_its_first_line() -> None:
    assert prose.matches("Read\nOnce\n  more.", WORDS) == [(2, "Once more", "again")]


def test_a_phrase_is_not_reported_within_a_word() -> None:
    assert prose.matches("once moreover", WORDS) == []


def test_the_code_of_a_page_is_not_prose() -> None:
    page = "a `once more`\n\n    once more\n\n```text\nonce more\n```\nonce more\n"
    assert prose.matches(prose.markdown_prose(page), WORDS) == [(8, "once more", "again")]


def test_docstrings_and_comments_are_prose_and_other_strings_are_not() -> None:
    source = 'x = "once more"  # once more\n\ndef f():\n    """Once.\n\n    Once more.\n    """\n'
    found = prose.matches(prose.python_prose(source), WORDS)
    assert [line for line, *_ in found] == [1, 6]
