"""Every endpoint, called with what its document allows and with what it does not.

Whatever is sent, an answer is one that the document describes, and never a 5xx.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any
from urllib.parse import unquote

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from schemathesis import Case, Response
from schemathesis.checks import not_a_server_error
from schemathesis.config import (
    GenerationConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conftest import LOADED_PROJECT, empty
from tests.credentials import Credentials, credentials
from tools.paths import ROOT

EXAMPLES = 5  # an endpoint, besides those at the borders of each field
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    positive_data_acceptance,
]
# Why something may be refused that a schema cannot tell.
BEYOND_SCHEMAS = (
    "already been taken", "must be a time zone", "must not be nested", "of lists", "must be named by",
    "field: csv",
)  # fmt: skip
Answering = Callable[[Case[Any]], None]


def closed(schema: Any) -> Any:
    """The document, saying also that an answer holds nothing that it does not name."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: closed(part) for name, part in schema.items()}
    if parts.get("type") == "object" and "properties" in parts:
        parts.setdefault("additionalProperties", False)
    return parts


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "public/openapi.json").read_text("utf-8"))
    return found


CONFIG = SchemathesisConfig(
    seed=7,
    projects=ProjectsConfig(
        default=ProjectConfig(
            generation=GenerationConfig(
                max_examples=EXAMPLES, deterministic=True, with_security_parameters=False
            ),
        )
    ),
)
schema = schemathesis.openapi.from_dict(closed(document()), config=CONFIG)


def check(case: Case[Any], answer: Response) -> None:
    """Fails unless the answer is one that the document describes for what was sent."""
    beyond = any(reason.encode() in answer.content for reason in BEYOND_SCHEMAS)
    case.validate_response(answer, checks=CHECKS[:-1] if beyond else CHECKS)


def with_and_without(case: Case[Any], known: Mapping[str, str]) -> Iterator[None]:
    """First as it was made, then with fields that name what exists."""
    if "\n" in unquote(case.formatted_path):
        return  # the functions framework answers by itself, with a page
    yield
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict) and (named := known.keys() & place.keys()):
            place.update({name: known[name] for name in named})
            yield


@pytest.fixture
def answering(loaded: Callable[[str], FlaskClient], firestore_host: str) -> Iterator[Answering]:
    empty(firestore_host, LOADED_PROJECT)
    statuses: set[int] = set()
    made: dict[str, tuple[FlaskClient, Credentials]] = {}

    def call(case: Case[Any]) -> None:
        group = case.operation.definition.raw["tags"][0]
        if group not in made:
            client = loaded(group)
            made[group] = client, credentials(group, client, keep)
        client, caller = made[group]
        asked = [name for one in case.operation.definition.raw["security"] for name in one]
        headers = {k: v for name in asked for k, v in caller.headers.get(name, {}).items()}
        for _ in with_and_without(case, caller.known):
            answer = case.call(app=client.application, headers=headers)
            check(case, answer)
            statuses.add(answer.status_code)

    with ExitStack() as keep:
        yield call
    assert any(status < 300 for status in statuses), f"nothing got further than {statuses}"


@schema.parametrize()
@settings(suppress_health_check=list(HealthCheck))
def test_an_answer_is_as_the_document_says(case: Case[Any], answering: Answering) -> None:
    answering(case)
