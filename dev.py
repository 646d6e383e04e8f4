#!/usr/bin/env python3
"""The one entry to Simpul on your own machine. `python3 dev.py --help` lists what it does."""

import argparse
import sys
from pathlib import Path

from tools import check, console, doctor, simulate, suite
from tools.places import STATE


def main() -> int:
    """Runs one command; a problem that you can mend is printed without a stack trace."""
    console.use_utf8()
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="start everything here, seeded, until Ctrl-C")
    up.add_argument("--port-base", type=int, metavar="N", help="use the ports from N on")
    up.add_argument("--state", type=Path, default=STATE, help="folder for demo.json and the log")

    test = commands.add_parser("test", help="lint, types and all tests; does its own set-up")
    test.add_argument(
        "part",
        nargs="?",
        choices=("all", "unit"),
        default="all",
        help="unit: only what needs no emulator, in seconds",
    )
    test.add_argument("pytest", nargs="*", help="passed on to pytest (after --)")

    phones = commands.add_parser("simulate", help="phones on a campus, and whether all arrived")
    phones.add_argument("--phones", type=int, default=40, metavar="N")
    phones.add_argument("--seconds", type=int, default=60, metavar="N")
    phones.add_argument("--seed", type=int, default=7, metavar="N")
    phones.add_argument("--base-url", metavar="URL", help="any server of the contract; default: up")

    commands.add_parser("doctor", help="check this machine, and say how to mend what is missing")
    arguments = parser.parse_args()
    try:
        if arguments.command == "up":
            suite.up(arguments.port_base, arguments.state.resolve())
        elif arguments.command == "test":
            return check.check(unit=arguments.part == "unit", pytest=arguments.pytest)
        elif arguments.command == "simulate":
            return simulate.simulate(
                arguments.phones, arguments.seconds, arguments.seed, arguments.base_url
            )
        else:
            return doctor.doctor()
    except console.Problem as problem:
        console.say(f"\n{problem}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
