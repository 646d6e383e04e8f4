"""Writes the figures as lines of text, as JSON, and into benchmarks/README.md."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.figures import Ratio

PAGE = Path(__file__).parent / "README.md"
_BLOCK = re.compile(r"(<!-- figures -->\n).*?(<!-- /figures -->)", re.DOTALL)


@dataclass
class Report:
    """The figures as lines of text and as data, and the targets that were missed."""

    lines: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def title(self, text: str) -> None:
        """A heading."""
        self.lines += [f"\n{text}" if self.lines else text, "-" * len(text)]

    def row(self, *cells: str) -> None:
        """A line of a table: the first cell wide, the others as they are."""
        self.lines.append(
            "  ".join([f"{cells[0]:<34}", *(f"{cell:<18}" for cell in cells[1:])]).rstrip()
        )

    def figure(
        self, name: str, what: str, value: Ratio | float | None, target: float | None = None
    ) -> str:
        """Stores a figure and whether it meets its target. Returns its text."""
        if value is None:
            return "–"
        median = value.median if isinstance(value, Ratio) else value
        stored: dict[str, Any] = {"value": round(median, 4), "target": target}
        if isinstance(value, Ratio):
            stored["interval"] = [round(value.low, 4), round(value.high, 4)]
        self.figures.setdefault(name, {})[what] = stored
        if target is not None and median > target:
            self.missed.append(f"{name}, {what}: {median:.2f}, not {target}")
        return str(value) if isinstance(value, Ratio) else f"{value:.2f}"

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)

    def write(self, path: Path) -> None:
        """The figures as JSON."""
        report = {"figures": self.figures, "missed": self.missed}
        path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def write_page(text: str, page: Path = PAGE) -> None:
    """Replaces the figures in the page by these lines."""
    before = page.read_text("utf-8")
    block = f"```text\n{text}\n```\n"
    page.write_text(_BLOCK.sub(lambda match: match[1] + block + match[2], before), encoding="utf-8")


def targets(*named: tuple[str, float | None]) -> str:
    """The targets as text, without those that are None."""
    return " ".join(f"{name} ≤ {value:g}" for name, value in named if value is not None)
