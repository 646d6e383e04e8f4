"""`dev.py conformance`: tries every line against a server, and says which it keeps."""

from collections.abc import Iterator
from pathlib import Path

from tools.conformance import presence, report, telemetry, web
from tools.conformance.http import Exchange, Server, style_of
from tools.conformance.lines import MUST, Line, Run, Wrong, iso, now
from tools.conformance.report import Verdict
from tools.console import Problem, say

LINES: list[Line] = [
    line
    for section in (
        presence.section,
        telemetry.accelerometer,
        telemetry.gps,
        telemetry.errors,
        web.clients,  # the last: it looks at every answer before it
    )
    for line in section.lines
]


def conformance(base_url: str, style: str | None, timeout: float, folder: Path) -> int:
    """Tries the server and writes the reports. 0 if it keeps every line that it must."""
    server = Server(base_url.rstrip("/"), style or style_of(base_url), timeout)
    _probe(server)
    lines = len(lines_for(server.style))
    say(f"{server.base_url} ({server.style}): {lines} lines of API Contract Simple v1\n")
    verdicts = []
    for verdict in tried(server):
        say(report.for_terminal(verdict))
        verdicts.append(verdict)
    say(f"\n{report.summary(verdicts)}")
    for path in report.write(folder, server, verdicts, iso(now())):
        say(f"  {path}")
    return 0 if report.passed(verdicts) else 1


def lines_for(style: str) -> list[Line]:
    """The lines that apply to a server of this style."""
    return [line for line in LINES if style in line.styles]


def tried(server: Server) -> Iterator[Verdict]:
    """The verdict on each line, as soon as it is there."""
    earlier: list[Exchange] = []
    for line in lines_for(server.style):
        run, reason = Run(server, tuple(earlier)), ""
        try:
            line.check(run)
        except Wrong as wrong:
            reason = str(wrong)
        if line.level == MUST:
            earlier += run.exchanges
        yield Verdict(line, run.exchanges, reason)


def _probe(server: Server) -> None:
    """Raises Problem where nothing answers at all: that is no verdict on a server."""
    if not server.base_url.startswith(("http://", "https://")):
        raise Problem(f"--base-url must begin with http:// or https://, not {server.base_url}")
    exchange = server.call("GET", "telemetry/gps/latest", {"device_id": "conformance"})
    if exchange.failure:
        raise Problem(f"Nothing answers at {exchange.url}: {exchange.failure}")
