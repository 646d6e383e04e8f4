"""What docs/security.md says is so: its checklist, and what no function may do."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.web.app import Api
from shared.web.envelopes import OkEnvelope
from tests.imports import imported, modules
from tools.paths import ROOT, groups

PAGE = (ROOT / "docs/security.md").read_text("utf-8")
CHECKLIST = PAGE.partition("## OWASP ASVS")[2]
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (holds|open|does not apply) \| (.+) \|$", re.M)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
# The requirements of level 1 in version 5.0.0, by section: how many, or which.
LEVEL_1 = {
    "1.2": (1, 2, 3, 4, 5), "1.3": (1, 2), "1.5": (1,), "2.1": (1,), "2.2": (1, 2), "2.3": (1,),
    "3.2": (1, 2), "3.3": (1,), "3.4": (1, 2), "3.5": (1, 2, 3), "4.1": (1,), "4.4": (1,),
    "5.2": (1, 2), "5.3": (1, 2), "6.1": (1,), "6.2": (1, 2, 3, 4, 5, 6, 7, 8), "6.3": (1, 2),
    "6.4": (1, 2), "7.2": (1, 2, 3, 4), "7.4": (1, 2), "8.1": (1,), "8.2": (1, 2), "8.3": (1,),
    "9.1": (1, 2, 3), "9.2": (1,), "10.4": (1, 2, 3, 4, 5), "11.3": (1, 2), "11.4": (1,),
    "12.1": (1,), "12.2": (1, 2), "13.4": (1,), "14.2": (1,), "14.3": (1,), "15.1": (1,),
    "15.2": (1,), "15.3": (1,),
}  # fmt: skip

DEPLOYED = {
    name: path
    for name, path in modules().items()
    if name.split(".")[0] in ("shared", *groups()) and name != "shared.google.emulator"
}
RUNS_OR_PARSES = {
    "subprocess", "pty", "ctypes", "pickle", "marshal", "shelve", "dill", "yaml", "xml", "lxml", "code",
}  # fmt: skip
RUNS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "render_template_string"}


def test_the_checklist_has_every_requirement_of_level_1_once_and_in_its_order() -> None:
    wanted = [f"{section}.{number}" for section, numbers in LEVEL_1.items() for number in numbers]
    assert [number for number, *_ in ROW.findall(CHECKLIST)] == wanted
    assert len(wanted) == 70


def named_tests() -> list[tuple[str, str]]:
    found = sorted(set(TEST.findall(PAGE)))
    assert len(found) > 25
    return found


@pytest.mark.parametrize(("file", "name"), named_tests())
def test_a_test_that_the_page_names_exists(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("path", DEPLOYED.values(), ids=DEPLOYED)
def test_no_function_runs_what_it_receives(path: Path) -> None:
    """Nor reads a format that can make its reader do something."""
    assert not {name.split(".")[0] for name in imported(path)} & RUNS_OR_PARSES
    assert not set(called(path)) & RUNS


@pytest.mark.parametrize("path", DEPLOYED.values(), ids=DEPLOYED)
def test_no_function_uses_a_broken_hash(path: Path) -> None:
    """Nor a random number that can be guessed where it is a secret: `secrets` makes those."""
    names = {name.rsplit(".", 1)[-1] for name in called(path)}
    assert not names & {"md5", "sha1", "new"}
    if "Signer(" in path.read_text("utf-8"):
        assert "digest_method=hashlib.sha256" in path.read_text("utf-8"), "its default is SHA-1"


def called(path: Path) -> Iterator[str]:
    """What a module calls, as far as it has a name: `eval`, `os.system`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield f"{getattr(node.func.value, 'id', '')}.{node.func.attr}"


def broken() -> str:
    raise ZeroDivisionError


@pytest.mark.parametrize("path", ["/sample/thing", "/sample/broken", "/sample/none"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_every_answer_says_how_it_is_to_be_handled(path: str, method: str) -> None:
    """As what it says it is, through HTTPS alone, and without a cookie."""
    app = Api("sample", "/sample", OkEnvelope())
    app.add_url_rule("/thing", view_func=lambda: {"ok": True}, methods=["GET", "POST"])
    app.add_url_rule("/broken", view_func=broken)
    headers = app.test_client().open(path, method=method).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Set-Cookie" not in headers
    if method != "OPTIONS":
        assert headers["Content-Type"] == "application/json"
