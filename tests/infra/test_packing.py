"""What `firebase deploy` would upload and make, asked of the CLI itself."""

import ast
import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.base import settings
from shared.base.settings import Setting
from tests.infra.conftest import GENERATED, PRIVATE, Deployment
from tests.infra.deploying import PROJECT, hook
from tests.test_layout import FIREBASE, imports
from tools import install
from tools.paths import REGION, ROOT, groups

each_group = pytest.mark.parametrize("group", groups())


def archived(deployment: Deployment, group: str) -> set[str]:
    with zipfile.ZipFile(deployment.project / f"{group}.zip") as archive:
        return set(archive.namelist())


@each_group
def test_an_archive_holds_the_function_and_what_it_shares(
    deployment: Deployment, group: str
) -> None:
    names = archived(deployment, group)
    assert {"main.py", "requirements.txt", f"{group}/__init__.py"} <= names
    shared = {path.relative_to(ROOT).as_posix() for path in (ROOT / "shared").rglob("*.py")}
    assert {name for name in names if name.startswith("shared/")} == shared
    assert f"{group}/{GENERATED}" in names, "what git ignores is uploaded all the same"


@each_group
def test_an_archive_holds_nothing_private(deployment: Deployment, group: str) -> None:
    names = archived(deployment, group)
    assert not names & set(PRIVATE)
    hidden = [name for name in names if any(part.startswith(".") for part in name.split("/"))]
    assert not hidden
    assert not [name for name in names if "pycache" in name or "tests/" in name]


@each_group
def test_an_archive_holds_no_group_that_its_function_does_not_import(
    deployment: Deployment, group: str
) -> None:
    packages = {name.split("/")[0] for name in archived(deployment, group) if "/" in name}
    joined = imports(ROOT / "functions" / group / "main.py") & set(groups())
    assert packages == {"shared", group} | joined


def test_a_deploy_leaves_the_checkout_as_it_was(deployment: Deployment) -> None:
    left = [
        *deployment.project.glob("functions/*/shared"),
        *deployment.project.glob("functions/*/.env.demo*"),
    ]
    assert left == []


@each_group
def test_the_cli_reads_the_manifest_as_one_function_in_our_region(
    deployment: Deployment, group: str
) -> None:
    function = deployment.functions[group]
    assert (function["entryPoint"], function["region"]) == (group, REGION)
    assert (function["platform"], function["runtime"]) == ("gcfv2", "python312")


@each_group
def test_a_deployed_instance_takes_as_many_requests_as_it_has_threads(
    deployment: Deployment, group: str
) -> None:
    """As deployed: the CLI drops the variables of a manifest, so the hooks hand them over."""
    function = deployment.functions[group]
    assert function["environmentVariables"]["THREADS"] == str(function["concurrency"])


@each_group
def test_a_function_runs_as_our_own_account(deployment: Deployment, group: str) -> None:
    """In full: of the short form `name@` the CLI makes a wrong invoker of a scheduled function."""
    name = "people" if group == "people" else "functions"
    account = f"simpul-{name}@{PROJECT}.iam.gserviceaccount.com"
    assert deployment.functions[group].get("serviceAccount") == account, (
        f"functions/{group}/functions.yaml needs the serviceAccount that its neighbours have"
    )


@each_group
def test_a_deployed_function_gets_the_settings_of_its_project(
    deployment: Deployment, group: str
) -> None:
    given = deployment.functions[group]["environmentVariables"]
    assert (given["AUTH_MODE"], given["DEVICE_RATE"]) == ("open", "7")


def test_every_rewrite_names_a_function_that_is_there(deployment: Deployment) -> None:
    made = {(name, one["region"]) for name, one in deployment.functions.items()}
    rewrites = [entry["function"] for entry in FIREBASE["hosting"]["rewrites"]]
    assert {(one["functionId"], one["region"]) for one in rewrites} <= made


@each_group
def test_the_secrets_that_the_code_reads_are_those_of_the_manifest(
    deployment: Deployment, group: str
) -> None:
    declared = deployment.functions[group].get("secretEnvironmentVariables", [])
    assert {secret["key"] for secret in declared} == set(secrets_of(group))


def secrets_of(group: str) -> Iterator[str]:
    """The secrets of the table of settings that a function's code names."""
    for path in sources(group):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(node, "attr", getattr(node, "id", ""))
            found = getattr(settings, name, None) if isinstance(name, str) else None
            if isinstance(found, Setting) and found.secret:
                yield found.name


def sources(group: str) -> set[Path]:
    """The files that a function loads: its own, and what they import, wherever in them."""
    folder = ROOT / "functions" / group
    found, waiting = set(), [folder / "main.py", *(folder / group).glob("*.py")]
    while waiting:
        path = waiting.pop()
        if path not in found and path.name != "settings.py":
            found.add(path)
            waiting += imported(path)
    return found


def imported(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
        for name in names:
            first, *rest = name.split(".")
            home = ROOT / ("shared" if first == "shared" else f"functions/{first}/{first}")
            if first in groups():
                yield from home.glob("*.py")
            elif first == "shared" and (file := home.joinpath(*rest).with_suffix(".py")).is_file():
                yield file


@each_group
def test_each_codebase_has_the_hooks_of_its_neighbours(group: str) -> None:
    (entry,) = [entry for entry in FIREBASE["functions"] if entry["codebase"] == group]
    joined = imports(ROOT / f"functions/{group}/main.py") & set(groups()) - {group}
    names = " ".join(["shared", *sorted(joined)])
    assert entry["predeploy"][-1] == f"node infra/hooks.mjs add {names}"
    assert entry["postdeploy"] == ["node infra/hooks.mjs remove"]


def test_a_deploy_that_broke_off_is_no_trouble_for_the_next(project: Path) -> None:
    """Its half copy is replaced, and git never sees it."""
    half = project / "functions/presence/shared"
    hook(project, "presence", "add", "shared")
    (half / "web/app.py").write_text("half a fi", encoding="utf-8")
    (half / "gone.py").write_text("", encoding="utf-8")
    assert hook(project, "presence", "add", "shared").returncode == 0
    assert (half / "web/app.py").read_text("utf-8") == (ROOT / "shared/web/app.py").read_text(
        "utf-8"
    )
    assert not (half / "gone.py").exists()
    subprocess.run(["git", "init", "-q", project], check=True)
    seen = subprocess.run(
        ["git", "-C", project, "status", "--porcelain", "-uall", "functions/presence"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "main.py" in seen
    assert "shared" not in seen
    assert hook(project, "presence", "remove").returncode == 0
    assert not half.exists()


def test_what_a_broken_deploy_left_is_removed_before_it_is_loaded(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By `dev.py up` and `test`: a function would load the copy, not what is being edited."""
    hook(project, "exec", "add", "shared", "presence")
    monkeypatch.setattr(install, "ROOT", project)
    install.remove_copies()
    assert not [*project.glob("functions/exec/shared"), *project.glob("functions/exec/presence")]
    assert (project / "functions/exec/exec/routes.py").exists()
    assert "Removed functions" in capsys.readouterr().out
    install.remove_copies()
    assert capsys.readouterr().out == ""


def test_a_folder_that_is_not_a_copy_is_neither_deployed_nor_removed(project: Path) -> None:
    own = project / "functions/presence/shared/mine.py"
    own.parent.mkdir()
    own.write_text("", encoding="utf-8")
    done = hook(project, "presence", "add", "shared")
    assert (done.returncode, "move it away" in done.stderr) == (1, True)
    assert hook(project, "presence", "remove").returncode == 0
    assert own.exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "AUTH_MODE must be open or verified"),
        ("AUTH_MODE=\n", "AUTH_MODE must be open or verified"),
        ("# AUTH_MODE=open\n", "AUTH_MODE must be open or verified"),
        ("AUTH_MODE=Open\n", "AUTH_MODE must be open or verified"),
        ("AUTH_MODE=open\nFIREBASE_AUTH_EMULATOR_HOST=x\n", "FIREBASE_AUTH_EMULATOR_HOST must not be set"),
        ("AUTH_MODE=open\nFUNCTIONS_EMULATOR=true\n", "FUNCTIONS_EMULATOR must not be set"),
    ],
)  # fmt: skip
def test_settings_that_a_function_would_refuse_stop_the_deploy(
    project: Path, text: str | None, problem: str
) -> None:
    file = project / "config/.env.demo-deploy"
    file.unlink()
    if text is not None:
        file.write_text(text, encoding="utf-8")
    done = hook(project, "presence", "add", "shared")
    assert done.returncode == 1
    assert problem in done.stderr
    assert "at " not in done.stderr, "no stack trace"
    assert not (project / "functions/presence/.env.demo-deploy").exists()


@pytest.mark.parametrize(
    "text", ['AUTH_MODE="open"\r\n', "export AUTH_MODE=open # class", " AUTH_MODE = 'open'"]
)
def test_settings_are_read_however_they_are_written(project: Path, text: str) -> None:
    (project / "config/.env.demo-deploy").write_bytes(text.encode())
    assert hook(project, "presence", "add", "shared").returncode == 0


def test_the_example_of_settings_is_one_that_deploys(project: Path) -> None:
    example = (project / "config/env.example").read_text("utf-8")
    (project / "config/.env.demo-deploy").write_text(example, encoding="utf-8")
    assert hook(project, "presence", "add", "shared").returncode == 0


def test_the_hooks_say_what_they_are_for_when_run_by_hand(project: Path) -> None:
    for words in (["add"], ["sweep"], []):
        done = hook(project, "presence", *words)
        assert (done.returncode, "usage" in done.stderr) == (1, True)
    done = hook(project, "presence", "add", "shared", RESOURCE_DIR="")
    assert "firebase deploy" in done.stderr
    done = hook(project, "presence", "add", "shraed")
    assert "is not a package" in done.stderr


def test_the_hooks_are_written_for_every_shell() -> None:
    """The CLI runs them in cmd.exe on Windows: no quotes, no variables, no pipes."""
    parts = [*FIREBASE["functions"], FIREBASE["hosting"]]
    for command in json.dumps([part.get("predeploy", []) for part in parts]).split('"')[1::2]:
        assert not set(command) & set("'$%&|<>^;=\\"), command
