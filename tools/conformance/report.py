"""What came of each line: for the terminal, for people (Markdown), for programs (JSON)."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.conformance.http import Exchange, Hop, Server, printable
from tools.conformance.lines import MUST, Line

LONGEST_SHOWN = 2_000  # characters of an answer


@dataclass(frozen=True)
class Verdict:
    """A line, what was sent and answered, and why it is not kept; empty where it is."""

    line: Line
    exchanges: Sequence[Exchange]
    reason: str

    @property
    def word(self) -> str:
        """PASS or FAIL for a requirement, yes or no for information."""
        kept = not self.reason
        if self.line.level == MUST:
            return "PASS" if kept else "FAIL"
        return "yes" if kept else "no"


def passed(verdicts: Sequence[Verdict]) -> bool:
    """Whether every line that must be kept is."""
    return all(not verdict.reason for verdict in verdicts if verdict.line.level == MUST)


def for_terminal(verdict: Verdict) -> str:
    """One line, and a second one with the reason."""
    reason = f"\n        {printable(verdict.reason)}" if verdict.reason else ""
    return f"  {verdict.word:<4}  {verdict.line.section}: {verdict.line.says}{reason}"


def summary(verdicts: Sequence[Verdict]) -> str:
    """`23 of 25 lines are kept`."""
    must = [verdict for verdict in verdicts if verdict.line.level == MUST]
    kept = sum(not verdict.reason for verdict in must)
    word = "conforms" if passed(verdicts) else "does NOT conform"
    return f"{kept} of {len(must)} lines of the contract are kept: the server {word}."


def write(folder: Path, server: Server, verdicts: Sequence[Verdict], when: str) -> list[Path]:
    """Writes both reports. Returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    reports = {
        "conformance.md": markdown(server, verdicts, when),
        "conformance.json": json.dumps(_plain(server, verdicts, when), indent=2) + "\n",
    }
    for name, text in reports.items():
        (folder / name).write_text(text, encoding="utf-8", errors="replace")
    return [folder / name for name in reports]


def markdown(server: Server, verdicts: Sequence[Verdict], when: str) -> str:
    """The report for people."""
    head = [
        "# Conformance to API Contract Simple v1",
        "",
        f"- Server: {_code(server.base_url)} ({server.style})",
        f"- Tried: {when}",
        f"- **{summary(verdicts)}**",
        "",
        "| | line |",
        "|---|---|",
        *(
            f"| {verdict.word} | {verdict.line.section}: {_cell(verdict.line.says)} |"
            for verdict in verdicts
        ),
        "",
        "PASS and FAIL: what the contract says. yes and no: what it leaves open, for information.",
    ]
    return "\n".join([*head, *(part for verdict in verdicts for part in _details(verdict))]) + "\n"


def _details(verdict: Verdict) -> list[str]:
    lines = ["", f"## {verdict.word}: {verdict.line.section}: {verdict.line.says}", ""]
    if verdict.reason:
        lines += [f"Reason: {_code(printable(verdict.reason))}", ""]
    for exchange in verdict.exchanges:
        lines += _fenced(_told(exchange))
    return lines


def _told(exchange: Exchange) -> str:
    sent = f"\n{_as_text(exchange.sent)}" if exchange.sent is not None else ""
    hops = "".join(f"\n{line}" for line in _hops(exchange.hops))
    answer = exchange.failure or f"{exchange.status}  ({exchange.seconds:.2f} s)\n" + _cut(
        exchange.answer
    )
    return printable(f"{exchange.method} {exchange.url}{sent}\n{hops}\n\n{answer}")


def _hops(hops: Sequence[Hop]) -> Iterator[str]:
    """Each answer on the way to the last, with the headers by which a browser goes."""
    for number, hop in enumerate(hops):
        if number:
            yield f"  redirected: {hops[number - 1].status} → {hop.url}"
        yield f"  Origin: {hop.origin}"
        for name, values in (
            ("Origin", hop.allowed_origins),
            ("Headers", hop.allowed_headers),
            ("Methods", hop.allowed_methods),
        ):
            yield from (f"  Access-Control-Allow-{name}: {value}" for value in values)


def _cut(text: str) -> str:
    more = len(text) - LONGEST_SHOWN
    return text if more <= 0 else f"{text[:LONGEST_SHOWN]} … and {more} characters more"


def _as_text(sent: Any) -> str:
    return sent if isinstance(sent, str) else json.dumps(sent, ensure_ascii=False)


def _fenced(text: str) -> list[str]:
    """A block whose fence is longer than any in what a stranger wrote."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, text, fence, ""]


def _code(text: str) -> str:
    return "`" + text.replace("`", "'").replace("\n", " ") + "`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _plain(server: Server, verdicts: Sequence[Verdict], when: str) -> dict[str, Any]:
    return {
        "base_url": server.base_url,
        "style": server.style,
        "when": when,
        "conforms": passed(verdicts),
        "lines": [
            {
                "section": verdict.line.section,
                "says": verdict.line.says,
                "level": verdict.line.level,
                "kept": not verdict.reason,
                "reason": verdict.reason,
                "exchanges": [asdict(exchange) for exchange in verdict.exchanges],
            }
            for verdict in verdicts
        ],
    }
