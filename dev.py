#!/usr/bin/env python3
"""All commands of Simpul on your own machine. `python3 dev.py --help` lists them."""

import shutil
import subprocess
import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    # Continues in a Python of these versions if one is installed.
    for name in ("python3.13", "python3.12", "python3.11"):
        path = shutil.which(name)
        if path and subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            sys.exit(subprocess.call([path, *sys.argv]))
    sys.exit("Simpul needs Python 3.11, 3.12 or 3.13: https://www.python.org/downloads/")

import argparse
from collections.abc import Callable
from pathlib import Path

from tools import (
    bench,
    console,
    doctor,
    forget,
    lock,
    migrate,
    openapi,
    people,
    screenshots,
    simulate,
    suite,
    testing,
)
from tools.conformance import command as conformance
from tools.conformance.http import STYLES
from tools.deploy import command as deploying
from tools.deploy import envfile, presets
from tools.deploy.patience import PAUSE
from tools.paths import STATE


def main() -> int:
    """Runs one command. A problem that the user can mend is printed without a stack trace."""
    console.use_utf8()
    console.heed_interrupts()
    own, pytest = _split(sys.argv[1:])
    arguments = parser().parse_args(own, argparse.Namespace(pytest=pytest))
    try:
        code: int = arguments.run(arguments)
    except console.Problem as problem:
        console.say(f"\n{problem}")
        return 1
    return code


def parser() -> argparse.ArgumentParser:
    """The parser of all commands. It sets `run` to the function of the command."""
    root = argparse.ArgumentParser(prog="dev.py", description=__doc__)
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(
        name: str, run: Callable[[argparse.Namespace], int], purpose: str, epilog: str = ""
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=purpose, epilog=epilog)
        command.set_defaults(run=run)
        return command

    _add_up_options(add("up", _up, "start everything here, seeded, until Ctrl-C"))
    after = "Arguments after -- are for pytest: dev.py test -- -k presence"
    _add_test_options(
        add("test", _test, "format, lint, types and all tests; installs what is missing", after)
    )
    _add_simulate_options(add("simulate", _simulate, "phones on a campus, and whether all arrived"))
    _add_forget_options(add("forget", _forget, "show, and delete, all data of one user"))
    _add_people_options(
        add("people", people.people, "give a class its accounts, grant a role, list, remove")
    )
    _add_migrate_options(add("migrate", _migrate, "move what earlier versions stored"))
    _add_conformance_options(
        add("conformance", _conformance, "try any server against the course contract")
    )
    _add_bench_options(
        add("bench", _bench, "speed, cost and growth compared with floors; 10 minutes")
    )
    add("openapi", lambda _: openapi.openapi(), "write public/openapi.json from the code")
    add("access", lambda _: openapi.access(), "write docs/access.md: who gets through where")
    add("lock", lambda _: lock.lock(), "pin all packages that a deployed function installs")
    _add_deploy_options(add("deploy", _deploy, "a project of Firebase becomes a running service"))
    add("settings", lambda _: envfile.write_example(), "write config/env.example from the code")
    _add_screenshots_options(
        add("screenshots", _screenshots, "take the docs' pictures again, of pages that changed")
    )
    _add_doctor_options(
        add("doctor", _doctor, "check this machine, and say what to install or to set")
    )
    return root


def _add_up_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port-base", type=int, metavar="N", help="use the ports from N on")
    command.add_argument(
        "--state", type=Path, default=STATE, help="folder for demo.json and the log"
    )


def _up(arguments: argparse.Namespace) -> int:
    suite.up(arguments.port_base, arguments.state.resolve())
    return 0


def _add_test_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "part",
        nargs="?",
        choices=("all", "unit"),
        default="all",
        help="unit: without tests that start processes, 10 seconds",
    )


def _test(arguments: argparse.Namespace) -> int:
    return testing.run(unit=arguments.part == "unit", pytest=arguments.pytest)


def _add_simulate_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--phones", type=int, default=40, metavar="N")
    command.add_argument("--seconds", type=int, default=60, metavar="N")
    command.add_argument("--seed", type=int, default=7, metavar="N")
    command.add_argument(
        "--base-url", metavar="URL", help="any server of the contract; default: up"
    )


def _simulate(arguments: argparse.Namespace) -> int:
    return simulate.simulate(
        arguments.phones, arguments.seconds, arguments.seed, arguments.base_url
    )


def _add_forget_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--user", required=True, metavar="ID", help="user_id and uid of the user")
    command.add_argument("--project", required=True, metavar="ID")
    command.add_argument("--yes", action="store_true", help="delete; without it, only show")


def _forget(arguments: argparse.Namespace) -> int:
    return forget.forget(arguments.user, arguments.project, yes=arguments.yes)


def _add_people_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("action", choices=("import", "grant", "list", "remove"))
    command.add_argument("file", nargs="?", type=Path, metavar="FILE", help="of import: a CSV")
    command.add_argument("--project", required=True, metavar="ID")
    command.add_argument("--course", metavar="ID", help="of import and list")
    command.add_argument("--role", metavar="R", help="of grant and list")
    command.add_argument("--email", metavar="E", help="of grant and remove")
    command.add_argument("--user-id", metavar="ID", help="of grant and remove")
    command.add_argument("--name", help="of grant")
    command.add_argument("--passwords", type=Path, metavar="FILE", help="write first passwords")
    command.add_argument("--links", type=Path, metavar="FILE", help="write links to set one")
    command.add_argument("--remove", action="store_true", help="take who is absent off the roster")
    command.add_argument("--yes", action="store_true", help="without a question")


def _add_migrate_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--project", required=True, metavar="ID")
    command.add_argument("--yes", action="store_true", help="change; without it, only show")
    sheet = command.add_argument_group("from Google Sheets")
    sheet.add_argument("--sheet", type=Path, metavar="FILE.xlsx", help="take a group's export")
    sheet.add_argument("--course", default="", metavar="ID", help="where no column says it")
    sheet.add_argument("--session", default="", metavar="ID", help="where no column says it")
    sheet.add_argument(
        "--utc-offset", type=int, default=420, metavar="MINUTES",
        help="of times without a zone; 420 is WIB",
    )  # fmt: skip


def _migrate(arguments: argparse.Namespace) -> int:
    if arguments.sheet:
        return migrate.take_sheet(
            arguments.sheet,
            arguments.project,
            course=arguments.course,
            session=arguments.session,
            utc_offset=arguments.utc_offset,
            yes=arguments.yes,
        )
    return migrate.migrate(arguments.project, yes=arguments.yes)


def _add_conformance_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--base-url", metavar="URL", required=True, help="the server to try")
    command.add_argument(
        "--style", choices=STYLES, help="rest: by paths. exec: by one URL, as Apps Script"
    )
    command.add_argument(
        "--timeout", type=float, default=60, metavar="S", help="seconds a request may take"
    )
    command.add_argument(
        "--report",
        type=Path,
        default=STATE / "conformance",
        metavar="FOLDER",
        help="where conformance.md and conformance.json go",
    )


def _conformance(arguments: argparse.Namespace) -> int:
    return conformance.conformance(
        arguments.base_url, arguments.style, arguments.timeout, arguments.report
    )


def _add_bench_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--quick", action="store_true", help="two minutes, for a look")
    command.add_argument("--only", metavar="PARTS", help="such as speed,cold,load")
    command.add_argument("--json", type=Path, metavar="FILE", help="the figures for programs")
    command.add_argument("--write", action="store_true", help="into benchmarks/README.md")


def _bench(arguments: argparse.Namespace) -> int:
    return bench.bench(
        quick=arguments.quick, only=arguments.only, json=arguments.json, write=arguments.write
    )


def _add_deploy_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--project", required=True, metavar="ID")
    command.add_argument(
        "--preset", choices=(*presets.PRESETS, "all"), default="all", help="deploy only a part"
    )
    command.add_argument("--yes", action="store_true", help="ask nothing: AUTH_MODE=verified")
    command.add_argument(
        "--pause", type=float, default=PAUSE, metavar="S", help="wait so long while Google is late"
    )


def _deploy(arguments: argparse.Namespace) -> int:
    return deploying.deploy(
        arguments.project, arguments.preset, yes=arguments.yes, pause=arguments.pause
    )


def _add_screenshots_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--all", action="store_true", help="also of pages that did not change")
    command.add_argument(
        "--state", type=Path, default=STATE, help="folder with the demo.json of a running `up`"
    )


def _screenshots(arguments: argparse.Namespace) -> int:
    return screenshots.screenshots(arguments.state.resolve(), everything=arguments.all)


def _add_doctor_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--project", metavar="ID", help="check also who may sign in there")


def _doctor(arguments: argparse.Namespace) -> int:
    return doctor.doctor(arguments.project)


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """The arguments before `--`, and those after it."""
    if "--" not in words:
        return words, []
    index = words.index("--")
    return words[:index], words[index + 1 :]


if __name__ == "__main__":
    sys.exit(main())
