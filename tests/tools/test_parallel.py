"""Commands in parallel: a failure is printed, ends the other commands, and leaves none running."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.paths import ROOT
from tools.processes import answers, free_ports

RUN = """
import json, os, sys
from tools import parallel
lanes = [{name: ["-c", code] for name, code in lane.items()} for lane in json.loads(sys.argv[1])]
print("failed:", parallel.run(lanes, os.environ))
"""
SERVE = """
import pathlib, socket, time
with socket.create_server(("127.0.0.1", {port})):
    pathlib.Path({file!r}).touch()
    time.sleep(600)
"""
FAIL_ONCE_THE_FILE_EXISTS = """
import pathlib, sys, time
while not pathlib.Path({file!r}).exists():
    time.sleep(0.05)
sys.exit("broken: this")
"""


def run(*lanes: dict[str, str]) -> str:
    """The output of Python programs in lanes, from a process: `run` replaces signal handlers."""
    command: list[Any] = [sys.executable, "-c", RUN, json.dumps(lanes)]
    completed = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return completed.stdout


def test_the_steps_of_a_lane_follow_each_other_and_lanes_do_not_wait(tmp_path: Path) -> None:
    file = str(tmp_path / "first")
    waits = FAIL_ONCE_THE_FILE_EXISTS.format(file=file).replace("sys.exit", "print")
    output = run({"waits": waits}, {"one": "pass", "two": f"open({file!r}, 'w').close()"})
    assert output.index("ok: one (") < output.index("ok: two (")
    assert "broken: this\nok: waits (" in output
    assert output.endswith("failed: []\n")


def test_a_failure_is_printed_whole_and_ends_the_other_lanes(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    file = str(tmp_path / "serves")
    output = run(
        {"server": SERVE.format(port=port, file=file), "never": "pass"},
        {"check": FAIL_ONCE_THE_FILE_EXISTS.format(file=file), "later": "pass"},
    )
    assert "broken: this\nFAILED: check (" in output
    assert output.endswith("Ending: server\nfailed: ['check']\n")
    assert "never" not in output
    assert "later" not in output
    assert not answers(port)


def test_progress_is_printed_at_once_and_the_rest_at_the_end() -> None:
    lines = "header", "a/test_x.py .. [ 50%]", "a/test_y.py .F [100%]", "=== 1 failed ==="
    output = run({"tests": f"print(*{lines}, sep='\\n'); exit(1)"})
    assert output.splitlines()[:3] == [
        "tests: a/test_x.py .. [ 50%]", "tests: a/test_y.py .F [100%]", "=== 1 failed ===",
    ]  # fmt: skip
    assert "header" not in output
