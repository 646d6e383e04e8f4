"""Checks that run side by side: what fails is told, ends the rest, and leaves nothing running."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.places import ROOT
from tools.processes import answers, free_ports

RUN = """
import json, os, sys
from tools import beside
lanes = [{name: ["-c", code] for name, code in lane.items()} for lane in json.loads(sys.argv[1])]
print("failed:", beside.run(lanes, os.environ))
"""
SERVE = """
import pathlib, socket, time
with socket.create_server(("127.0.0.1", {port})):
    pathlib.Path({file!r}).touch()
    time.sleep(600)
"""
FAIL_ONCE_IT_IS_THERE = """
import pathlib, sys, time
while not pathlib.Path({file!r}).exists():
    time.sleep(0.05)
sys.exit("broken: this")
"""


def run(*lanes: dict[str, str]) -> str:
    """What is said of Python programs in lanes; in a process, as it takes over its signals."""
    given: list[Any] = [sys.executable, "-c", RUN, json.dumps(lanes)]
    done = subprocess.run(
        given, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return done.stdout


def test_the_steps_of_a_lane_follow_each_other_and_lanes_do_not_wait(tmp_path: Path) -> None:
    file = str(tmp_path / "first")
    waits = FAIL_ONCE_IT_IS_THERE.format(file=file).replace("sys.exit", "print")
    told = run({"waits": waits}, {"one": "pass", "two": f"open({file!r}, 'w').close()"})
    assert told.index("ok: one (") < told.index("ok: two (")
    assert "broken: this\nok: waits (" in told
    assert told.endswith("failed: []\n")


def test_a_failure_is_told_whole_and_ends_what_runs_beside_it(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    file = str(tmp_path / "serves")
    told = run(
        {"server": SERVE.format(port=port, file=file), "never": "pass"},
        {"check": FAIL_ONCE_IT_IS_THERE.format(file=file), "later": "pass"},
    )
    assert "broken: this\nFAILED: check (" in told
    assert told.endswith("Ending: server\nfailed: ['check']\n")
    assert "never" not in told
    assert "later" not in told
    assert not answers(port)


def test_progress_is_shown_as_it_comes_and_the_rest_at_the_end() -> None:
    lines = "header", "a/test_x.py .. [ 50%]", "a/test_y.py .F [100%]", "=== 1 failed ==="
    told = run({"tests": f"print(*{lines}, sep='\\n'); exit(1)"})
    assert told.splitlines()[:3] == [
        "tests: a/test_x.py .. [ 50%]", "tests: a/test_y.py .F [100%]", "=== 1 failed ===",
    ]  # fmt: skip
    assert "header" not in told
