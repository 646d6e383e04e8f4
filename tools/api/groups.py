"""The endpoint groups as their code has them: what each handler reads, answers and refuses."""

import ast
import importlib
import importlib.util
import inspect
import json
import re
import textwrap
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from flask.wrappers import Response
from typing_extensions import is_typeddict

from shared import answers
from shared.answers import Endpoint
from shared.app import HEALTH_PATH, Endpoints
from shared.fields import Fields
from tools.console import Problem
from tools.places import ROOT, groups

_PARAMETER = re.compile(r"<(?:[^<>:]+:)?(\w+)>")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    group: str
    app: Endpoints
    name: str  # of its handler
    method: str
    path: str  # as OpenAPI writes it
    told: Endpoint
    body: type[Fields] | None
    query: type[Fields] | None
    answer: Any


def operations() -> list[Operation]:
    """Every operation of every group that is called by URL, in the order of its code."""
    return [operation for group in groups() for operation in _of_group(group)]


def _of_group(group: str) -> Iterator[Operation]:
    app = load_app(group)
    if app is None:
        return  # called by events
    told = _told(group)
    declared = list(_declared(app))
    if unused := set(told.ENDPOINTS) - {name for name, *_ in declared}:
        raise Problem(f"{group}/answers.py describes {sorted(unused)}, which routes.py has not")
    for name, method, path in declared:
        if name not in told.ENDPOINTS:
            raise Problem(f'{group}/answers.py lacks "{name}" ({method} {path}) in ENDPOINTS')
        endpoint, handler = told.ENDPOINTS[name], app.view_functions[name]
        yield Operation(
            group=group,
            app=app,
            name=name,
            method=method,
            path=path,
            told=endpoint,
            body=endpoint.body or model_read(handler, "body"),
            query=endpoint.query or model_read(handler, "query"),
            answer=endpoint.answer or _answer(handler, told),
        )


def load_app(group: str) -> Endpoints | None:
    """The app that a group's function serves, or None for one that no URL leads to."""
    path = ROOT / "functions" / group / "main.py"
    spec = importlib.util.spec_from_file_location(f"main_of_{group}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    app = getattr(module, "app", None)
    return app if isinstance(app, Endpoints) else None


def _told(group: str) -> ModuleType:
    try:
        return importlib.import_module(f"{group}.answers")
    except ModuleNotFoundError as error:
        if error.name != f"{group}.answers":
            raise
        raise Problem(
            f"functions/{group}/{group}/answers.py is missing: it says what the group's "
            "endpoints answer (see CONTRIBUTING.md)"
        ) from None


def _declared(app: Endpoints) -> Iterator[tuple[str, str, str]]:
    """Handler, method and path of all that an app serves, but for its health."""
    for rule in app.url_map.iter_rules():
        if rule.rule == HEALTH_PATH:
            continue
        path = _hosted(app, rule.rule)
        for method in METHODS:
            if method in (rule.methods or ()):
                yield rule.endpoint, method, path.rstrip("/")


def _hosted(app: Endpoints, rule: str) -> str:
    """Where Hosting serves a rule: under the group's prefix, unless it is led there as it is."""
    hosting = json.loads((ROOT / "firebase.json").read_text(encoding="utf-8"))["hosting"]
    sources = [
        rewrite["source"].removesuffix("**")
        for rewrite in hosting["rewrites"]
        if rewrite["function"]["functionId"] == app.name
    ]
    is_hosted = any(rule.startswith(source) for source in sources)
    return ("" if is_hosted else app.prefix) + _PARAMETER.sub(r"{\1}", rule)


def model_read(handler: Callable[..., Any], reader: str) -> type[Fields] | None:
    """The model that a handler reads its body or its query as: `body(Model)` in its code."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(handler)))
    for call in ast.walk(tree):
        match call:
            case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=model)]) if name == reader:
                found: type[Fields] = handler.__globals__[model]
                return found
    return None


def _answer(handler: Callable[..., Any], told: ModuleType) -> Any:
    """The type of a handler's answer: of a tuple the first, which is the body."""
    names = {**vars(answers), **vars(told)}
    hint = typing.get_type_hints(handler, localns=names, include_extras=True).get("return")
    if typing.get_origin(hint) is tuple:
        hint = typing.get_args(hint)[0]
    if hint is Response or not _says_something(hint):
        raise Problem(
            f"{handler.__module__}.{handler.__name__} must say what it answers by its return type"
        )
    return hint


def _says_something(hint: Any) -> bool:
    return is_typeddict(typing.get_origin(hint) or hint) or typing.get_origin(hint) is list
