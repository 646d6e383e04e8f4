"""The endpoint groups as their code has them: what each handler reads, answers and refuses."""

import importlib
import importlib.util
import json
import re
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from flask.wrappers import Response
from typing_extensions import is_typeddict
from werkzeug.routing import Rule

from shared.web import answers
from shared.web.answers import Endpoint
from shared.web.app import HEALTH_PATH, Api
from shared.web.endpoints import IN_QUERY
from shared.web.fields import Fields
from tools.console import Problem
from tools.paths import ROOT, groups

_PARAMETER = re.compile(r"<(?:[^<>:]+:)?(\w+)>")
View = Callable[..., Any]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    group: str
    app: Api
    name: str  # of its handler
    method: str
    path: str  # as OpenAPI writes it
    description: Endpoint
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
    description = _description(group)
    declared = list(_declared(group, app))
    if unused := set(description.ENDPOINTS) - {name_of(rule) for rule, *_ in declared}:
        raise Problem(f"{group}/answers.py describes {sorted(unused)}, which routes.py has not")
    for rule, method, path in declared:
        name, view = name_of(rule), app.view_functions[rule.endpoint]
        if name not in description.ENDPOINTS:
            raise Problem(f'{group}/answers.py lacks "{name}" ({method} {path}) in ENDPOINTS')
        endpoint = description.ENDPOINTS[name]
        model = getattr(view, "model", None)
        yield Operation(
            group=group,
            app=app,
            name=name,
            method=method,
            path=path,
            description=endpoint,
            body=endpoint.body or (None if method in IN_QUERY else model),
            query=endpoint.query or (model if method in IN_QUERY else None),
            answer=endpoint.answer or _answer(view, description),
        )


def load_app(group: str) -> Api | None:
    """The app that a group's function serves, or None for one that no URL leads to."""
    path = ROOT / "functions" / group / "main.py"
    spec = importlib.util.spec_from_file_location(f"main_of_{group}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    app = getattr(module, "app", None)
    return app if isinstance(app, Api) else None


def _description(group: str) -> ModuleType:
    try:
        return importlib.import_module(f"{group}.answers")
    except ModuleNotFoundError as error:
        if error.name != f"{group}.answers":
            raise
        raise Problem(
            f"functions/{group}/{group}/answers.py is missing: it says what the group's "
            "endpoints answer (see CONTRIBUTING.md)"
        ) from None


def own_rules(group: str, app: Api) -> Iterator[Rule]:
    """The rules of a group itself: not its health, nor other groups that its app mounts."""
    others = set(groups()) - {group}
    for rule in app.url_map.iter_rules():
        package = app.view_functions[rule.endpoint].__module__.partition(".")[0]
        if rule.rule != HEALTH_PATH and package not in others:
            yield rule


def name_of(rule: Rule) -> str:
    """The name of a rule's handler, without its blueprint."""
    return str(rule.endpoint).rpartition(".")[2]


def _declared(group: str, app: Api) -> Iterator[tuple[Rule, str, str]]:
    """Rule, method and path of all that a group serves, in the order of its code."""
    for rule in own_rules(group, app):
        path = _hosted(app, rule.rule)
        for method in METHODS:
            if method in (rule.methods or ()):
                yield rule, method, path.rstrip("/")


def _hosted(app: Api, rule: str) -> str:
    """Where Hosting serves a rule: under the group's prefix, unless it is led there as it is."""
    hosting = json.loads((ROOT / "firebase.json").read_text(encoding="utf-8"))["hosting"]
    sources = [
        rewrite["source"].removesuffix("**")
        for rewrite in hosting["rewrites"]
        if rewrite["function"]["functionId"] == app.name
    ]
    is_hosted = any(rule.startswith(source) for source in sources)
    return ("" if is_hosted else app.prefix) + _PARAMETER.sub(r"{\1}", rule)


def _answer(view: View, description: ModuleType) -> Any:
    """The type of a handler's answer: of a tuple the first, which is the body."""
    names = {**vars(answers), **vars(description)}
    hint = typing.get_type_hints(view, localns=names, include_extras=True).get("return")
    if typing.get_origin(hint) is tuple:
        hint = typing.get_args(hint)[0]
    if hint is Response or not _says_something(hint):
        raise Problem(
            f"{view.__module__}.{view.__name__} must say what it answers by its return type"
        )
    return hint


def _says_something(hint: Any) -> bool:
    return is_typeddict(typing.get_origin(hint) or hint) or typing.get_origin(hint) is list
