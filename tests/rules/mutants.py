"""The rules with one thing changed: each mutant is a mistake that the tests have to notice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

ROLES = ("student", "instructor", "owner", "technician", "admin")
_OPENING, _CLOSING = "([{", ")]}"
_LIST = re.compile(r"\['[^]]*'\]")
_DEFAULT = re.compile(r"\.get\('\w+', ([^()]+)\)")
_COMPARISON = re.compile(r"==|!=")
_ALLOW = re.compile(r"\ballow ([a-z, ]+):")
_LAST = re.compile(r"/\{(\w+)\} \{\s*allow\b")  # the wildcard that ends the path of some documents
_OTHER_DEFAULTS = {"''": ["'admin'", "'student'"], "1": ["2"], "request.auth.uid": ["'nobody'"]}
_OTHER_METHODS = {"read": ["get", "list"], "get": ["read", "list"], "list": ["read", "get"]}


@dataclass(frozen=True)
class Mutant:
    """A text of rules, what was changed in it, and the match block that it is in."""

    text: str
    change: str
    line: int
    block: str  # the path of the innermost `match`; empty in a function


def mutants(rules: str) -> Iterator[Mutant]:
    """The rules with each single thing of them changed.

    Each condition taken as met and as never met; `||` and `&&` exchanged; comparisons turned round;
    lists of roles with one less and one more; defaults of missing fields and claims; the methods
    that a statement allows; and documents below those that a block is for.
    """
    code = _without_comments(rules)
    for start, end, text in _changes(code):
        block = _block(code, start)
        allow = "allow " if code[:start].endswith("allow ") else ""
        change = f"{block or 'function'}: {allow}{' '.join(code[start:end].split())} → {text}"
        line = code.count("\n", 0, start) + 1
        if text != code[start:end]:
            yield Mutant(code[:start] + text + code[end:], change, line, block)


def _without_comments(rules: str) -> str:
    """The same length and lines."""
    return re.sub(r"//[^\n]*", lambda found: " " * len(found[0]), rules)


def _changes(code: str) -> Iterator[tuple[int, int, str]]:
    """Where a change begins and ends, and what stands there then."""
    for clause in re.finditer(r"(?:: if|\breturn)\b(.*?);", code, re.DOTALL):
        yield from _of_conditions(code, *clause.span(1))
    for found in _LIST.finditer(code):
        roles = re.findall(r"'([^']*)'", found[0])
        for others in _one_less_and_one_more(roles):
            yield *found.span(), "[" + ", ".join(f"'{role}'" for role in others) + "]"
    for found in _DEFAULT.finditer(code):
        for text in _OTHER_DEFAULTS[found[1]]:
            yield *found.span(1), text
    for found in _COMPARISON.finditer(code):
        yield *found.span(), "!=" if found[0] == "==" else "=="
    for found in _ALLOW.finditer(code):
        for text in [*_OTHER_METHODS[found[1]], f"{found[1]}, write"]:
            yield *found.span(1), text
    for found in _LAST.finditer(code):
        yield *found.span(1), f"{found[1]}=**"


def _of_conditions(code: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The operators of an expression exchanged, and its operands replaced, also in brackets."""
    operators = list(_operators(code, start, end))
    if not operators:
        start, end = _stripped(code, start, end)
        if code[start] == "(" and _closing(code, start) == end - 1:
            yield from _of_conditions(code, start + 1, end - 1)
        else:
            yield start, end, "true"
            yield start, end, "false"
        return
    for operator in operators:
        yield operator, operator + 2, "&&" if code[operator] == "|" else "||"
    begins, ends = [start, *(each + 2 for each in operators)], [*operators, end]
    for begin, stop in zip(begins, ends, strict=True):
        yield from _of_conditions(code, begin, stop)


def _operators(code: str, start: int, end: int) -> Iterator[int]:
    """Where `&&` and `||` stand outside of brackets."""
    depth = 0
    for place in range(start, end):
        depth += (code[place] in _OPENING) - (code[place] in _CLOSING)
        if depth == 0 and code[place : place + 2] in ("&&", "||"):
            yield place


def _closing(code: str, opening: int) -> int:
    """Where the bracket closes that opens here."""
    depth = 0
    for place in range(opening, len(code)):
        depth += (code[place] in _OPENING) - (code[place] in _CLOSING)
        if depth == 0:
            return place
    raise AssertionError(f"a bracket that nothing closes: {code[opening:]}")


def _stripped(code: str, start: int, end: int) -> tuple[int, int]:
    text = code[start:end]
    return start + len(text) - len(text.lstrip()), end - len(text) + len(text.rstrip())


def _one_less_and_one_more(roles: list[str]) -> Iterator[list[str]]:
    for role in roles:
        yield [other for other in roles if other != role]
    for role in ("", *ROLES):
        if role not in roles:
            yield [*roles, role]


def _block(code: str, place: int) -> str:
    """The whole path of the match blocks around a place, without the database's."""
    around = [
        found[1]
        for found in re.finditer(r"\bmatch (/\S+) \{", code)
        if found.start() < place < _closing(code, found.end() - 1)
    ]
    return "".join(around[1:])
