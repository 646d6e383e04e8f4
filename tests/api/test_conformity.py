"""Every endpoint, called with what its document allows and with what it does not, by each role.

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
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
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
from tests.tokens import token
from tools.paths import ROOT

EXAMPLES = 5  # an endpoint, besides those at the borders of each field
EXAMPLES_OF_ROLES = 3  # each sent by each role
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
    "field: csv", "selected after is invalid", "must not span more than",
    "field: page", "field: cursor", "field: after", "field: course_id", "field: user_id", "field: email",
)  # fmt: skip
Answering = Callable[[Case[Any]], None]
# Who calls in verified mode, as the credentials of the groups know them.
ROLES = {"student": "ani", "instructor": "dosen", "owner": "owner", "technician": "dewi", "admin": "admin"}  # fmt: skip


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


def config(examples: int, *, borders: bool) -> SchemathesisConfig:
    """So many examples of an endpoint, the same each time; with the borders of its fields or not."""
    generation = GenerationConfig(
        max_examples=examples, deterministic=True, with_security_parameters=False
    )
    phases = PhasesConfig(coverage=CoveragePhaseConfig(enabled=borders))
    default = ProjectConfig(generation=generation, phases=phases)
    return SchemathesisConfig(seed=7, projects=ProjectsConfig(default=default))


DOCUMENT = closed(document())
schema = schemathesis.openapi.from_dict(DOCUMENT, config=config(EXAMPLES, borders=True))
schema_of_roles = schemathesis.openapi.from_dict(
    DOCUMENT, config=config(EXAMPLES_OF_ROLES, borders=False)
)


def check(case: Case[Any], answer: Response) -> None:
    """Fails unless the document describes this answer to what was sent, and no header is twice."""
    assert [name for name, values in answer.headers.items() if len(values) > 1] == []
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


class Groups:
    """The functions in an empty database, each with its credentials, made at its first call."""

    def __init__(self, loaded: Callable[[str], FlaskClient], keep: ExitStack) -> None:
        self._loaded, self._keep = loaded, keep
        self._made: dict[str, tuple[FlaskClient, Credentials]] = {}

    def of(self, case: Case[Any]) -> tuple[FlaskClient, Credentials]:
        """The client of the function that serves this, and who may call it."""
        group = case.operation.definition.raw["tags"][0]
        if group not in self._made:
            client = self._loaded(group)
            self._made[group] = client, credentials(group, client, self._keep)
        return self._made[group]


def asked_for(case: Case[Any]) -> list[str]:
    """The schemes that the document names for this, of all its alternatives."""
    return [name for one in case.operation.definition.raw["security"] for name in one]


@pytest.fixture
def groups(loaded: Callable[[str], FlaskClient], firestore_host: str) -> Iterator[Groups]:
    empty(firestore_host, LOADED_PROJECT)
    with ExitStack() as keep:
        yield Groups(loaded, keep)


@pytest.fixture
def answering(groups: Groups) -> Iterator[Answering]:
    statuses: set[int] = set()

    def call(case: Case[Any]) -> None:
        client, caller = groups.of(case)
        headers = {
            k: v for name in asked_for(case) for k, v in caller.headers.get(name, {}).items()
        }
        for _ in with_and_without(case, caller.known):
            answer = case.call(app=client.application, headers=headers)
            check(case, answer)
            statuses.add(answer.status_code)

    yield call
    assert any(status < 300 for status in statuses), f"nothing got further than {statuses}"


@schema.parametrize()
@settings(suppress_health_check=list(HealthCheck))
def test_an_answer_is_as_the_document_says(case: Case[Any], answering: Answering) -> None:
    answering(case)


def identities() -> list[dict[str, str]]:
    """The header of nobody, of an account without a role, and of each role."""
    tokens = [token("stranger"), *(token(uid, role=role) for role, uid in ROLES.items())]
    return [{}, *({"Authorization": f"Bearer {each}"} for each in tokens)]


@schema_of_roles.parametrize()
@settings(suppress_health_check=list(HealthCheck))
def test_every_role_is_answered_as_the_document_says_in_verified_mode(
    case: Case[Any], groups: Groups
) -> None:
    client, caller = groups.of(case)
    keys = {
        header: value
        for name in asked_for(case)
        if name != "FirebaseIdToken"
        for header, value in caller.headers.get(name, {}).items()
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTH_MODE", "verified")
        for _ in with_and_without(case, caller.known):
            for identity in identities():
                answer = case.call(app=client.application, headers={**keys, **identity})
                case.validate_response(answer, checks=[not_a_server_error, status_code_conformance])
