"""What the docs name exists: files, commands, functions, links and decisions."""

import argparse
import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import dev
from tools.paths import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "README.id.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "benchmarks/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
DECISIONS = sorted((ROOT / "docs/decisions").glob("0*.md"))
INDEX = (ROOT / "docs/decisions/README.md").read_text("utf-8")
NOT_OURS = {"venv", "node_modules", "__pycache__"}
MADE_BY_A_RUN = (".simpul/", "config/.env.", "public/lib")  # not in the repository
SUFFIXES = "py|md|toml|yaml|json|rules|mjs|js|txt|html|example"
FILE = re.compile(rf"(?<![\w/.}}…$-])((?:[\w.-]+/)*[\w.-]+\.(?:{SUFFIXES}))(?![\w/-])")
FOLDER = re.compile(r"`((?:functions|shared|tools|tests|infra|pages|docs|config)/[\w/.-]*)`")
NAME = re.compile(r"`([a-zA-Z_]\w*(?:\.[a-zA-Z_]\w*)+)(?:\([^`]*\))?`")
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")
COMMAND = re.compile(r"dev\.py ([a-z]+)((?: [^#`\n]*)?)")
# A page for a client or a device names files and objects of its own.
EXAMPLE_FILES = {
    "demo.json", "figures.json", "conformance.md", "conformance.json", "index.html",
    "model.bin", "manifest.json", "device.json", "Node.js",
}  # fmt: skip
FOREIGN = {"sys", "gc", "google"}

each_page = pytest.mark.parametrize(
    "path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix()
)
each_decision = pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)


@cache
def project_files() -> frozenset[str]:
    """Every file of the project, by its path from the root."""
    return frozenset(path.relative_to(ROOT).as_posix() for path in _walk(ROOT))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and path.name not in NOT_OURS and not path.name.startswith("."):
            yield from _walk(path)
        elif path.is_file():
            yield path


def prose_and_code(path: Path) -> str:
    """A page; of CONTRIBUTING only what does not belong to its example group."""
    text = path.read_text("utf-8")
    text = re.sub(r"https?://\S+", "", text)
    return (
        re.sub(r"```.*?```", "", text, flags=re.DOTALL) if path.name == "CONTRIBUTING.md" else text
    )


def exists(name: str) -> bool:
    """Whether a file is in the project, named from the root or by the end of its path."""
    return any(file == name or file.endswith("/" + name) for file in project_files())


@each_page
def test_every_file_that_a_page_names_exists(path: Path) -> None:
    names = set(FILE.findall(prose_and_code(path)))
    missing = [
        name
        for name in sorted(names)
        if not exists(name.removeprefix("../").removeprefix("./"))
        and name not in EXAMPLE_FILES
        and not name.startswith((*MADE_BY_A_RUN, "functions/notes/", "tests/notes/"))
        and "GROUP" not in name
        and "NAME" not in name
    ]
    assert not missing


@each_page
def test_every_folder_that_a_page_names_exists(path: Path) -> None:
    folders = {name for name in FOLDER.findall(prose_and_code(path)) if name.endswith("/")}
    missing = [
        name
        for name in sorted(folders)
        if not name.startswith(MADE_BY_A_RUN) and "GROUP" not in name and not (ROOT / name).is_dir()
    ]
    assert not missing


@cache
def names_of_the_code() -> dict[str, frozenset[str]]:
    """What each module and each class defines, by its short name."""
    names: dict[str, set[str]] = {}
    for file in project_files():
        if file.endswith(".py") and not file.startswith("tests/"):
            tree = ast.parse((ROOT / file).read_text("utf-8"))
            names.setdefault(Path(file).stem, set()).update(_defined(tree))
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    names.setdefault(node.name, set()).update(_defined(node))
    return {name: frozenset(defined) for name, defined in names.items()}


def _defined(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef):
            yield child.name
        elif isinstance(child, ast.Assign):
            yield from (target.id for target in child.targets if isinstance(target, ast.Name))
        elif isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name):
            yield child.target.id


@each_page
def test_every_function_that_a_page_names_exists(path: Path) -> None:
    code = names_of_the_code()
    unknown = []
    for name in NAME.findall(prose_and_code(path)):
        owner, member = name.split(".")[-2:]
        is_ours = owner in code and name.split(".")[0] not in FOREIGN and not FILE.fullmatch(name)
        if is_ours and member not in code[owner]:
            unknown.append(name)
    assert not unknown


@each_page
def test_every_command_and_option_of_dev_py_exists(path: Path) -> None:
    commands = dev_commands()
    unknown = []
    for command, rest in COMMAND.findall(path.read_text("utf-8")):
        if command not in commands:
            unknown.append(command)
            continue
        options = re.findall(r"(?<!\S)--[a-z][a-z-]*", rest.partition(" -- ")[0])
        unknown += [f"{command} {option}" for option in options if option not in commands[command]]
    assert not unknown


@cache
def dev_commands() -> dict[str, frozenset[str]]:
    """The commands of dev.py with their options."""
    actions = dev.parser()._actions
    (commands,) = (each for each in actions if isinstance(each, argparse._SubParsersAction))
    return {
        name: frozenset(command._option_string_actions)
        for name, command in commands.choices.items()
    }


@each_page
def test_every_relative_link_leads_to_a_file_and_to_a_heading(path: Path) -> None:
    broken = []
    for target, anchor in LINK.findall(path.read_text("utf-8")):
        if "://" in target or target.startswith("mailto:"):
            continue
        file = (path.parent / target).resolve() if target else path
        if not file.exists() or (anchor and anchor[1:] not in headings(file)):
            broken.append(target + anchor)
    assert not broken


@cache
def headings(path: Path) -> frozenset[str]:
    """The anchors that GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles)


def test_decisions_are_numbered_and_the_index_explains_each_hole() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert len(numbers) == len(set(numbers))
    for number in sorted(set(range(1, numbers[-1] + 1)) - set(numbers)):
        assert re.search(rf"^\| {number} \|", INDEX, re.MULTILINE), f"the index lacks {number}"


@each_decision
def test_the_index_lists_a_decision_with_its_title_and_state(path: Path) -> None:
    heading = path.read_text("utf-8").splitlines()[0]
    number, title = re.fullmatch(r"# (\d+)\. (.+)", heading).groups()  # type: ignore[union-attr]
    assert int(number) == int(path.name[:4])
    row = f"| {number} | [{title}]({path.name}) | "
    assert row in INDEX, f"docs/decisions/README.md lacks: {row}accepted |"
    state = INDEX.partition(row)[2].splitlines()[0].rstrip(" |")
    assert re.fullmatch(r"accepted|(?:partly )?superseded by \d+(?:, \d+)*", state)
    later = [int(word) for word in re.findall(r"\d+", state)]
    assert all(any(int(other.name[:4]) == n for other in DECISIONS) for n in later)


def test_every_word_of_the_index_that_names_a_file_leads_to_a_decision() -> None:
    linked = re.findall(r"\((0\d{3}-[\w-]+\.md)\)", INDEX)
    assert sorted(linked) == [path.name for path in DECISIONS]
