"""public/openapi.json is what the code says, wholly and in both directions."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from shared.web.answers import Endpoint
from shared.web.app import Api
from shared.web.envelopes import OkEnvelope
from tools.api import document, groups
from tools.api.document import FILE
from tools.console import Problem
from tools.paths import groups as all_groups

TEXT = FILE.read_text("utf-8")
DOCUMENT: dict[str, Any] = json.loads(TEXT)
METHODS = {"get", "post", "put", "patch", "delete"}


def by_url() -> dict[str, Api]:
    """The groups that a URL leads to, as their functions load them."""
    apps = {group: groups.load_app(group) for group in all_groups()}
    return {group: app for group, app in apps.items() if app is not None}


def served(group: str, app: Api) -> set[tuple[str, str]]:
    """Method and path of all that an app answers to."""
    return {
        (method.lower(), place(app, re.sub("<[^>]*?([a-z_]+)>", r"{\1}", rule.rule)))
        for rule in groups.own_rules(group, app)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def place(app: Api, path: str) -> str:
    """The kiosk's page is no part of its API's paths."""
    return path if path.startswith("/rvm-ui/") else (app.prefix + path).rstrip("/")


def documented(group: str) -> set[tuple[str, str]]:
    return {
        (method, path)
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
        if method in METHODS and operation["tags"] == [group]
    }


def test_the_file_is_what_the_code_says() -> None:
    assert document.text() == TEXT, "run: python3 dev.py openapi"


@pytest.mark.parametrize("group", all_groups())
def test_all_that_is_served_is_documented_and_nothing_else(group: str) -> None:
    app = by_url().get(group)
    assert documented(group) == (served(group, app) if app else set())


def test_an_endpoint_that_is_new_is_noticed() -> None:
    app = by_url()["presence"]
    app.add_url_rule("/new/<thing>", "new", lambda thing: {})
    assert served("presence", app) - documented("presence") == {("get", "/presence/new/{thing}")}


def described(monkeypatch: pytest.MonkeyPatch, **endpoints: Endpoint) -> list[groups.Operation]:
    """The operations of a group with one route, `thing`, which describes these."""

    class Description:
        ENDPOINTS = endpoints

    app = Api("sample", "/sample", OkEnvelope())
    app.add_url_rule("/thing", "thing", lambda: {})
    monkeypatch.setattr(groups, "groups", lambda: ["sample"])
    monkeypatch.setattr(groups, "load_app", lambda _: app)
    monkeypatch.setattr(groups, "_description", lambda _: Description)
    return groups.operations()


def test_an_endpoint_that_nobody_describes_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem, match=r'sample/answers\.py lacks "thing" \(GET /sample/thing\)'):
        described(monkeypatch)


def test_a_description_without_an_endpoint_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = Endpoint("Shows a thing.", "Menampilkan sesuatu.")
    with pytest.raises(Problem, match=r"describes \['other'\], which routes.py has not"):
        described(monkeypatch, thing=endpoint, other=endpoint)


def test_a_handler_that_does_not_say_what_it_answers_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Problem, match="must say what it answers by its return type"):
        described(monkeypatch, thing=Endpoint("Shows a thing.", "Menampilkan sesuatu."))


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, found in DOCUMENT["paths"].items():
        for method, operation in found.items():
            yield f"{method} {path}", operation


def examples() -> Iterator[tuple[str, Any, Any]]:
    """Each example with the schema that it stands beside."""
    for name, operation in operations():
        for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in holder.get("content", {}).values():
                if "example" in content:
                    yield name, content["schema"], content["example"]


@pytest.mark.parametrize(("name", "schema", "example"), list(examples()))
def test_an_example_is_what_its_schema_says(name: str, schema: Any, example: Any) -> None:
    jsonschema_rs.validate({**schema, "components": DOCUMENT["components"]}, example)


def test_each_operation_has_a_name_of_its_own_and_says_what_it_is_for_in_two_languages() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(names) == len(set(names))
    for name, operation in operations():
        assert operation["summary"].endswith("."), name
        assert operation["x-summary-id"].endswith("."), name


def test_every_reference_leads_somewhere() -> None:
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', TEXT)):
        place: Any = DOCUMENT
        for part in reference.split("/"):
            place = place[part]
