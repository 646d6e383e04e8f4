#!/usr/bin/env python3
"""The one entry to Simpul on your own machine. `python3 dev.py --help` lists what it does."""

import shutil
import subprocess
import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    # Runs on in a Python that serves, if there is one; the rest of the file is not for this one.
    for name in ("python3.13", "python3.12", "python3.11"):
        path = shutil.which(name)
        if path and subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            sys.exit(subprocess.call([path, *sys.argv]))
    sys.exit("Simpul needs Python 3.11, 3.12 or 3.13: https://www.python.org/downloads/")

import argparse
from pathlib import Path

from tools import bench, check, console, doctor, forget, openapi, simulate, suite
from tools.conformance import command as conformance
from tools.conformance.http import STYLES
from tools.places import STATE


def main() -> int:
    """Runs one command; a problem that you can mend is printed without a stack trace."""
    console.use_utf8()
    console.heed_interrupts()
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="start everything here, seeded, until Ctrl-C")
    up.add_argument("--port-base", type=int, metavar="N", help="use the ports from N on")
    up.add_argument("--state", type=Path, default=STATE, help="folder for demo.json and the log")

    test = commands.add_parser(
        "test",
        help="lint, types and all tests; does its own set-up",
        epilog="What follows -- is for pytest: dev.py test -- -k presence",
    )
    test.add_argument(
        "part",
        nargs="?",
        choices=("all", "unit"),
        default="all",
        help="unit: only what needs no emulator, in seconds",
    )

    phones = commands.add_parser("simulate", help="phones on a campus, and whether all arrived")
    phones.add_argument("--phones", type=int, default=40, metavar="N")
    phones.add_argument("--seconds", type=int, default=60, metavar="N")
    phones.add_argument("--seed", type=int, default=7, metavar="N")
    phones.add_argument("--base-url", metavar="URL", help="any server of the contract; default: up")

    user = commands.add_parser("forget", help="show, and delete, all that is kept of one user")
    user.add_argument("--user", required=True, metavar="ID", help="the user_id, and uid, of one")
    user.add_argument("--project", required=True, metavar="ID")
    user.add_argument("--yes", action="store_true", help="delete it; without, it only shows")
    contract = commands.add_parser("conformance", help="try any server against the course contract")
    contract.add_argument("--base-url", metavar="URL", required=True, help="the server to try")
    contract.add_argument(
        "--style", choices=STYLES, help="rest: by paths. exec: by one URL, as Apps Script"
    )
    contract.add_argument(
        "--timeout", type=float, default=60, metavar="S", help="seconds a request may take"
    )
    contract.add_argument(
        "--report", type=Path, default=STATE / "conformance", metavar="FOLDER",
        help="where conformance.md and conformance.json go",
    )  # fmt: skip

    speed = commands.add_parser("bench", help="speed, cost and growth beside floors; 10 minutes")
    speed.add_argument("--quick", action="store_true", help="two minutes, for a look")
    speed.add_argument("--only", metavar="PARTS", help="such as speed,cold,load")
    speed.add_argument("--json", type=Path, metavar="FILE", help="the figures for programs")
    speed.add_argument("--write", action="store_true", help="into benchmarks/README.md")

    commands.add_parser("openapi", help="make public/openapi.json anew from the code")
    commands.add_parser("doctor", help="check this machine, and say how to mend what is missing")
    given, for_pytest = _split(sys.argv[1:])
    arguments = parser.parse_args(given)
    try:
        if arguments.command == "up":
            suite.up(arguments.port_base, arguments.state.resolve())
        elif arguments.command == "test":
            return check.check(unit=arguments.part == "unit", pytest=for_pytest)
        elif arguments.command == "bench":
            return bench.bench(
                quick=arguments.quick,
                only=arguments.only,
                json=arguments.json,
                write=arguments.write,
            )
        elif arguments.command == "simulate":
            return simulate.simulate(
                arguments.phones, arguments.seconds, arguments.seed, arguments.base_url
            )
        elif arguments.command == "forget":
            return forget.forget(arguments.user, arguments.project, yes=arguments.yes)
        elif arguments.command == "conformance":
            return conformance.conformance(
                arguments.base_url, arguments.style, arguments.timeout, arguments.report
            )
        elif arguments.command == "openapi":
            return openapi.openapi()
        else:
            return doctor.doctor()
    except console.Problem as problem:
        console.say(f"\n{problem}")
        return 1
    return 0


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """What is ours, and what follows `--`."""
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]


if __name__ == "__main__":
    sys.exit(main())
