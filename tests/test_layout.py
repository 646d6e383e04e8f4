"""Adding a group is adding a folder: what it needs beside it is named here when it is missing."""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.base.errors import ApiError
from shared.web.fields import Fields
from tests.imports import circles, graph, imported, modules
from tools.paths import REGION, ROOT, groups

FIREBASE: dict[str, Any] = json.loads((ROOT / "firebase.json").read_text("utf-8"))
JOINS_OTHERS = {"exec"}
BY_EVENTS = {"fanout", "upkeep"}  # called by Pub/Sub and the scheduler, not by a URL
LONGEST_MAIN = 15

each_group = pytest.mark.parametrize("group", groups())


def folder(group: str) -> Path:
    return ROOT / "functions" / group


def manifest(group: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder(group) / "functions.yaml").read_text("utf-8"))
    return found


def imports(path: Path) -> set[str]:
    """The top-level names that a module imports, wherever in it."""
    return {name.partition(".")[0] for name in imported(path)}


def test_every_folder_under_functions_is_a_group() -> None:
    found = sorted(path.name for path in (ROOT / "functions").iterdir() if any(path.rglob("*.py")))
    assert found == groups(), "each folder in functions/ needs a functions.yaml"


@each_group
def test_a_group_has_its_files(group: str) -> None:
    pins = ["requirements.in", "requirements.txt"]  # the second by `python3 dev.py lock`
    needed = ["main.py", "functions.yaml", *pins, f"{group}/__init__.py"]
    missing = [name for name in needed if not (folder(group) / name).is_file()]
    assert not missing, f"functions/{group} lacks {missing}"
    assert group.isalpha(), "a group is named by one word"
    assert group.islower(), "a group is named in lower case"


@each_group
def test_a_main_only_joins_things(group: str) -> None:
    lines = (folder(group) / "main.py").read_text("utf-8").splitlines()
    code = [line for line in lines if line.strip()]
    assert len(code) <= LONGEST_MAIN


@each_group
def test_a_group_is_a_codebase_of_firebase_json(group: str) -> None:
    found = [entry for entry in FIREBASE["functions"] if entry["codebase"] == group]
    assert [entry["source"] for entry in found] == [f"functions/{group}"], (
        f'add to "functions" in firebase.json: {{"codebase": "{group}", '
        f'"source": "functions/{group}", "runtime": …, "ignore": […], "predeploy": […], "postdeploy": […]}}, as its neighbours have it'
    )
    other = next(entry for entry in FIREBASE["functions"] if entry["codebase"] != group)
    assert found[0]["ignore"] == other["ignore"]
    assert found[0]["runtime"] == other["runtime"]


@each_group
def test_a_group_has_its_rewrites(group: str) -> None:
    rewrites = [
        entry["function"]
        for entry in FIREBASE["hosting"]["rewrites"]
        if entry["function"]["functionId"] == group
    ]
    if group in BY_EVENTS:
        assert not rewrites
        return
    wanted = {"functionId": group, "region": REGION}
    assert rewrites, f'add to "rewrites" in firebase.json: {{"source": …, "function": {wanted}}}'
    assert all(rewrite == wanted for rewrite in rewrites)


def test_every_rewrite_names_a_group() -> None:
    named = {entry["function"]["functionId"] for entry in FIREBASE["hosting"]["rewrites"]}
    assert named <= set(groups())


def test_every_path_below_api_comes_to_its_own_group_before_the_one_that_refuses_the_rest() -> None:
    """The first rewrite that matches counts, and `/api/**` matches all that come after it."""
    sources = [entry["source"] for entry in FIREBASE["hosting"]["rewrites"]]
    below_api = [source for source in sources if source.startswith("/api/")]
    assert below_api[-1] == "/api/**", f"{below_api[-1]} is never reached: move it up"


@each_group
def test_a_manifest_declares_the_group_in_our_region(group: str) -> None:
    endpoints = manifest(group)["endpoints"]
    assert list(endpoints) == [group]
    endpoint = endpoints[group]
    assert endpoint["entryPoint"] == group
    assert endpoint["region"] == [REGION]
    assert endpoint["platform"] == "gcfv2"


@each_group
def test_an_instance_takes_as_many_requests_as_it_has_threads(group: str) -> None:
    endpoint = manifest(group)["endpoints"][group]
    assert str(endpoint["concurrency"]) == endpoint["environmentVariables"]["THREADS"]


@each_group
def test_no_group_imports_another(group: str) -> None:
    others = set(groups()) - {group}
    if group in JOINS_OTHERS:
        others = {other for other in others if other in BY_EVENTS}
    for path in folder(group).rglob("*.py"):
        if "venv" not in path.parts:
            assert not imports(path) & others, f"{path} imports another group"


def test_shared_imports_no_group() -> None:
    for path in (ROOT / "shared").rglob("*.py"):
        assert not imports(path) & set(groups()), f"{path} imports a group"


FLOORS = {
    "base": set[str](),
    "web": {"base"},
    "google": {"base"},
    "domain": {"base", "web", "google"},
}


def test_shared_is_its_floors() -> None:
    folders = {path.parent.name for path in (ROOT / "shared").glob("*/__init__.py")}
    assert folders == set(FLOORS)
    assert [path.name for path in (ROOT / "shared").glob("*.py")] == ["__init__.py"]


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_imports_only_the_floors_below_it(floor: str) -> None:
    for path in (ROOT / "shared" / floor).glob("*.py"):
        names = {name.split(".")[1] for name in imported(path) if name.startswith("shared.")}
        assert names <= FLOORS[floor] | {floor}, f"{path} imports upwards"


def users(module: str) -> set[str]:
    """The groups, and `infra`, that import a module of `shared`, also by way of others of it."""
    edges = graph()
    waiting, seen, names = [module], {module}, set[str]()
    while waiting:
        current = waiting.pop()
        for name in (name for name, imports in edges.items() if current in imports):
            if name.startswith("shared."):
                waiting += [name] if name not in seen else []
                seen.add(name)
            else:
                names.add(name.partition(".")[0])
    if any(seen & imported(path) for path in (ROOT / "infra").glob("*.py")):
        names.add("infra")
    return names


@pytest.mark.parametrize(
    "module", [name for name in modules() if name.startswith("shared.domain.")]
)
def test_several_groups_use_what_is_in_the_domain(module: str) -> None:
    assert len(users(module)) > 1, "what one group alone uses lives in that group"


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert list(circles()) == [], "imports for types count too"


LONGEST_FUNCTION = 40


@pytest.mark.parametrize(("name", "path"), modules().items())
def test_functions_are_short(name: str, path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {f.name: (f.end_lineno or 0) - f.lineno + 1 for f in functions}
    assert {f: lines for f, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def classes_of(path: Path, base: type) -> list[str]:
    """The classes that a module defines below a class of `shared`, by the names of their bases."""
    module = importlib.import_module(f"{path.parent.name}.{path.stem}")
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, base)
        and value.__module__ == module.__name__
    ]


@each_group
def test_errors_and_requests_of_a_group_live_in_their_files(group: str) -> None:
    for path in (folder(group) / group).glob("*.py"):
        if path.stem not in ("errors", "__init__"):
            assert classes_of(path, ApiError) == [], f"{path}: move these to errors.py"
        if path.stem not in ("requests", *READ_FROM_ELSEWHERE, "__init__"):
            assert classes_of(path, Fields) == [], f"{path}: move these to requests.py"


READ_FROM_ELSEWHERE = ("events", "models")  # models of what a topic or a bucket holds
IMPURE = {"secrets", "random", "os", "time", "uuid", "flask", "google", "grpc", "firebase_admin"}


@each_group
def test_rules_are_pure(group: str) -> None:
    path = folder(group) / group / "rules.py"
    if path.is_file():
        assert not imports(path) & IMPURE, f"{path} must be pure"
        others = {f"{group}.{name}" for name in ("answers", "requests", "routes", "store")}
        assert not imported(path) & {*others, "shared.web", "shared.google"}
        allowed = {"shared", group, *sys.stdlib_module_names, "__future__"}
        assert imports(path) <= allowed, f"{path} must be pure"


@each_group
def test_only_the_store_of_a_group_knows_google(group: str) -> None:
    for path in (folder(group) / group).rglob("*.py"):
        if path.stem not in ("store", "__init__"):
            names = {name for name in imported(path) if name.startswith("shared.google")}
            assert not names, f"{path} imports {names}"
            assert "google" not in imports(path)


@each_group
def test_requirements_are_pinned_as_the_local_environment_is(group: str) -> None:
    pins = (ROOT / "constraints.txt").read_text("utf-8").lower().replace("_", "-").splitlines()
    lines = (folder(group) / "requirements.in").read_text("utf-8").splitlines()
    unpinned = [line for line in lines if line.lower() not in pins]
    assert not unpinned


@pytest.mark.slow
@each_group
def test_loading_a_function_loads_neither_a_google_client_nor_what_documents_it(group: str) -> None:
    code = (
        "import functions_framework, sys;"
        f"functions_framework.create_app({group!r}, 'main.py');"
        "heavy = ('google.cloud.firestore', 'google.cloud.firestore_v1', 'google.cloud.pubsub',"
        " 'google.cloud.pubsub_v1', 'google.pubsub_v1', 'firebase_admin', 'grpc',"
        f" 'shared.web.answers', '{group}.answers', 'tools');"
        "print(*[name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder(group), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_tokens_are_deleted_by_their_ttl() -> None:
    overrides = json.loads((ROOT / "firestore.indexes.json").read_text("utf-8"))["fieldOverrides"]
    assert {"collectionGroup": "tokens", "fieldPath": "purge_at", "ttl": True, "indexes": []} in (
        overrides
    )


def test_the_lock_file_carries_no_download_address() -> None:
    assert '"resolved": "http' not in (ROOT / "package-lock.json").read_text("utf-8")
