"""What `doctor` and `up` say on a machine that lacks something."""

from pathlib import Path

import pytest

from tools import doctor, machine
from tools.console import Problem
from tools.paths import WINDOWS


def fake(folder: Path, name: str, output: str) -> Path:
    """A program that only prints."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{output}' >&2\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_without_java_the_fix_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_javas", list)
    with pytest.raises(
        Problem, match=r"Java 21 or newer: none was found\. Install Java .*adoptium"
    ):
        machine.java()


@pytest.mark.skipif(WINDOWS, reason="the stand-in is a shell script")
def test_a_java_that_is_too_old_is_named_and_a_newer_one_beside_it_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = fake(tmp_path, "old", 'openjdk version "17.0.15" 2025-04-15')
    new = fake(tmp_path, "new", 'openjdk version "25" 2025-09-16')
    monkeypatch.setattr(machine, "_javas", lambda: [old])
    with pytest.raises(Problem, match="old is version 17"):
        machine.java()
    monkeypatch.setattr(machine, "_javas", lambda: [old, new])
    assert machine.java() == new


def test_without_node_the_fix_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match=r"Node\.js was not found\. Install Node\.js 20"):
        machine.node()


def test_doctor_names_each_thing_missing_and_counts_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "_javas", list)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor.doctor() == 1
    lines = capsys.readouterr().out
    assert "ok       Python" in lines
    assert "MISSING  Java" in lines
    assert "MISSING  Node.js" in lines
    assert "to mend" in lines
