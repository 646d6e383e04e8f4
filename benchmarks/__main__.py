"""`dev.py bench`: runs the chosen parts of the benchmark and prints their figures."""

import argparse
import sys
import time
from pathlib import Path

from benchmarks import sections
from benchmarks.report import Report, write_page
from benchmarks.sections import FULL, QUICK, SECTIONS
from benchmarks.world import world
from tools import console


def main(words: list[str]) -> int:
    """Returns 0 if the figures can be trusted and every target was met."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--only", help=f"some of {','.join(SECTIONS)}")
    parser.add_argument(
        "--quick", action="store_true", help="a minute, for a look; not for figures"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures for programs")
    parser.add_argument("--write", action="store_true", help="into benchmarks/README.md")
    arguments = parser.parse_args(words)
    names = arguments.only.split(",") if arguments.only else list(SECTIONS)
    if unknown := set(names) - set(SECTIONS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    console.use_utf8()
    report = Report()
    sections.heading(report)
    printed = 0
    with world() as running:
        for name in names:
            started = time.monotonic()
            SECTIONS[name](running, QUICK if arguments.quick else FULL, report)
            print(*report.lines[printed:], sep="\n")
            print(f"({name}: {time.monotonic() - started:.0f} s)", flush=True)
            printed = len(report.lines)
    return _end(arguments, report)


def _end(arguments: argparse.Namespace, report: Report) -> int:
    trusted = report.figures.get("trusted", True)
    report.lines += ["", *(f"Missed: {target}" for target in report.missed)]
    if not report.missed:
        report.lines.append("Every target was met.")
    print("\n".join(report.lines[-1 - len(report.missed) :]))
    if arguments.json:
        report.write(arguments.json)
    if arguments.write:
        write_page(report.text)
    return 0 if trusted and not report.missed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
