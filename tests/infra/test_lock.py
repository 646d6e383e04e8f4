"""What a deploy installs: every package, to the version and to the file."""

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import Environment, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import lock
from tools.console import Problem
from tools.paths import ROOT, WINDOWS, groups

each_group = pytest.mark.parametrize("group", groups())

HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
PIN = re.compile(r"([a-z0-9-]+)==([^\s;]+)(?: ; (.+))?")
IN_A_DEPLOY: dict[str, str] = {
    "python_version": "3.12",
    "python_full_version": "3.12.0",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
    "platform_machine": "x86_64",
}


def asked(group: str, name: str = "requirements.in") -> list[str]:
    """The lines of a group's file, without comments; one for each package."""
    text = (ROOT / "functions" / group / name).read_text("utf-8")
    lines = text.replace("\\\n", "").splitlines()
    return [" ".join(line.split()) for line in lines if line and not line.startswith("#")]


def locked(group: str) -> dict[str, Requirement]:
    """The packages that a deploy of the group installs, by name."""
    texts = [HASH.sub("", line).strip() for line in asked(group, "requirements.txt")]
    pins = [Requirement(text) for text in texts]
    return {pin.name: pin for pin in pins if applies(pin)}


def applies(requirement: Requirement, extra: str = "") -> bool:
    """Whether a requirement counts in a deployed function."""
    here: Environment = default_environment()
    where: dict[str, str] = {**here, **IN_A_DEPLOY, "extra": extra}  # type: ignore[dict-item]
    return requirement.marker is None or requirement.marker.evaluate(where)


def needed(group: str) -> set[str]:
    """The packages that those of requirements.in need, as the installed ones say."""
    found: set[tuple[str, str]] = set()
    waiting = [Requirement(line) for line in asked(group)]
    while waiting:
        one = waiting.pop()
        for extra in {"", *one.extras}:
            key = (canonicalize_name(one.name), extra)
            if key not in found:
                found.add(key)
                waiting += required_by(one.name, extra)
    return {name for name, _ in found}


def required_by(name: str, extra: str) -> Iterator[Requirement]:
    for text in metadata.requires(name) or []:
        if applies(requirement := Requirement(text), extra):
            yield requirement


@each_group
def test_every_line_is_a_version_with_the_hashes_of_its_files(group: str) -> None:
    for line in asked(group, "requirements.txt"):
        assert HASH.search(line), f"{line} has no hash: run {lock.COMMAND}"
        assert PIN.fullmatch(HASH.sub("", line).strip()), line


@each_group
def test_no_line_names_a_place(group: str) -> None:
    text = (ROOT / "functions" / group / "requirements.txt").read_text("utf-8")
    assert "://" not in text
    assert "/" not in text.replace("dev.py lock", "")
    assert text.splitlines()[1] == f"#    {lock.COMMAND}"


@each_group
def test_what_a_function_imports_is_locked_in_the_version_that_it_names(group: str) -> None:
    pins = {name: str(pin.specifier) for name, pin in locked(group).items()}
    for line in asked(group):
        requirement = Requirement(line)
        assert re.fullmatch(r"==\S+", str(requirement.specifier)), f"{line} is not pinned"
        assert pins[canonicalize_name(requirement.name)] == str(requirement.specifier), (
            f"run {lock.COMMAND}"
        )


@each_group
def test_a_deploy_installs_the_versions_that_the_tests_run_with(group: str) -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    here = [Requirement(line) for line in lines if not line.startswith("#")]
    versions = {canonicalize_name(pin.name): pin.specifier for pin in here}
    for name, pin in locked(group).items():
        assert pin.specifier == versions[canonicalize_name(name)], f"run {lock.COMMAND}"


@pytest.mark.skipif(WINDOWS, reason="what only Linux needs is not installed there")
@each_group
def test_a_deploy_installs_what_its_packages_need_and_nothing_else(group: str) -> None:
    assert {canonicalize_name(name) for name in locked(group)} == needed(group), (
        f"run {lock.COMMAND}"
    )


def test_a_pin_that_contradicts_the_constraints_is_a_problem_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "functions/notes"
    folder.mkdir(parents=True)
    (tmp_path / "constraints.txt").write_text("flask==3.1.3\n", encoding="utf-8")
    (folder / "requirements.in").write_text("flask==3.1.2\n", encoding="utf-8")
    monkeypatch.setattr(lock, "groups", lambda: ["notes"])
    with pytest.raises(Problem, match=r"functions/notes/requirements\.in cannot be locked"):
        lock.write(tmp_path)
