"""A program that mistypes a path gets the contract's JSON, wherever below a group it is lost."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.base.errors import UnknownEndpoint
from tools import machine
from tools.api.groups import load_app
from tools.paths import ROOT, groups

APPS = {group: app for group in groups() if (app := load_app(group)) is not None}
HOSTING = json.loads((ROOT / "firebase.json").read_text("utf-8"))["hosting"]
each_group = pytest.mark.parametrize("group", APPS)


@each_group
@pytest.mark.parametrize("has_prefix", [True, False])
def test_a_function_refuses_an_unknown_path_in_its_contract(
    loaded: Callable[[str], FlaskClient], group: str, has_prefix: bool
) -> None:
    app, client = APPS[group], loaded(group)
    begin = app.prefix if has_prefix else ""
    refusal, status = app.envelope.error(UnknownEndpoint())
    for answer in (client.get(f"{begin}/nothing/at/all"), client.post(f"{begin}/no/such", json={})):
        assert answer.get_json() == refusal
        assert answer.status_code == (200 if group == "exec" else status)


@each_group
@pytest.mark.parametrize("path", ["/", "/nothing", "/index.html"])
def test_the_root_of_a_function_is_no_page(
    loaded: Callable[[str], FlaskClient], group: str, path: str
) -> None:
    assert loaded(group).get(path).mimetype == "application/json"


def rewritten(paths: list[str]) -> dict[str, Any]:
    """The function that Hosting sends each path to, None for a page; as its own code matches."""
    entries = json.dumps(HOSTING["rewrites"])
    code = (
        "const { configMatcher } = require('superstatic/lib/utils/patterns.js');"
        f"const entries = {entries};"
        "const first = path => entries.find(entry => configMatcher(path, entry));"
        f"const found = {json.dumps(paths)}.map(path => [path, first(path)?.function.functionId ?? null]);"
        "console.log(JSON.stringify(found));"
    )
    done = subprocess.run([machine.node(), "-e", code], cwd=ROOT, capture_output=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.npm
def test_hosting_sends_all_below_a_group_to_a_function() -> None:
    prefixes = {app.prefix: group for group, app in APPS.items()}
    wanted = {f"{prefix}/nothing": group for prefix, group in prefixes.items()}
    wanted |= {"/api": "stations", "/api/": "stations", "/api/nothing": "stations"}
    assert {path: rewritten([path])[path] for path in wanted} == wanted
    every = [prefix + lost for prefix in prefixes for lost in ("", "/", "/a/b")]
    assert [path for path, function in rewritten(every).items() if function is None] == []


@pytest.mark.npm
def test_hosting_sends_no_page_to_a_function() -> None:
    pages = ["/", "/nothing", "/console/nothing", "/presences", "/apis", "/404.html"]
    assert set(rewritten(pages).values()) == {None}
