"""Which of our modules imports which, as their code says, type-only imports included."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tools.paths import ROOT, groups


def modules() -> dict[str, Path]:
    """Every module of shared/ and of the groups, by its dotted name."""
    roots = [ROOT / "shared", *(ROOT / "functions" / group / group for group in groups())]
    return {
        _name(path, root): path
        for root in roots
        for path in sorted(root.rglob("*.py"))
        if "__pycache__" not in path.parts
    }


def _name(path: Path, root: Path) -> str:
    parts = path.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> set[str]:
    """Every dotted name that a module imports; of `from a import b` both `a` and `a.b`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def graph() -> dict[str, set[str]]:
    """Each module with those of ours that it imports by name.

    A package counts where its own names are imported, not where a module of it is.
    """
    known = modules()
    return {name: _edges(name, path, known) for name, path in known.items()}


def _edges(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    edges: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            edges |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                edges.add(full if full in known else node.module)
    return edges & set(known) - {name}


def circles() -> Iterator[list[str]]:
    """Chains of imports that end where they begin, one for each module that is in one."""
    edges = graph()
    for start in sorted(edges):
        trail = _trail(edges, start)
        if trail:
            yield trail


def _trail(edges: dict[str, set[str]], start: str) -> list[str]:
    """The shortest chain of imports from a module to itself, or nothing."""
    waiting, seen = [[start]], {start}
    while waiting:
        chain = waiting.pop(0)
        for following in sorted(edges[chain[-1]]):
            if following == start:
                return [*chain, start]
            if following not in seen:
                seen.add(following)
                waiting.append([*chain, following])
    return []
