"""The OpenAPI document: operations, their models and answers, who may call, what is refused."""

import json
from importlib import import_module
from typing import Any

from tools.api.groups import Operation, name_of, operations, own_rules
from tools.api.parameters import parameters
from tools.api.refusals import refusals
from tools.api.schemas import Schemas, example
from tools.paths import ROOT

FILE = ROOT / "public" / "openapi.json"

INFO = {
    "title": "Simpul",
    "version": "1.0",
    "description": (
        "One backend for a class and its devices. Bodies are JSON, whatever the content type says; "
        "unknown fields are ignored; null and empty text count as absent. A number may come as "
        "text, an id as a whole number. Times are ISO-8601, in UTC with `Z` in answers."
    ),
    "x-description-id": (
        "Satu backend untuk kelas dan perangkatnya. Isi permintaan adalah JSON, apa pun "
        "content type-nya; kolom yang tidak dikenal diabaikan; null dan teks kosong dianggap tidak "
        "ada. Angka boleh dikirim sebagai teks, id sebagai bilangan bulat. Waktu memakai ISO-8601, "
        "dan UTC dengan `Z` dalam jawaban."
    ),
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}


def text() -> str:
    """The document as it is committed and served."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def document() -> dict[str, Any]:
    """The document, made of the code as it is now."""
    all_operations = operations()
    schemas = Schemas(all_operations)
    responses: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for operation in all_operations:
        method = operation.method.lower()
        paths.setdefault(operation.path, {})[method] = _operation(operation, schemas, responses)
    schemes = {
        scheme.name: dict(scheme.definition)
        for operation in all_operations
        for scheme in operation.description.schemes
    }
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": "/", "description": "Where this document is served"}],
        "tags": [
            {"name": group, "description": (import_module(group).__doc__ or "").strip()}
            for group in dict.fromkeys(operation.group for operation in all_operations)
        ],
        "paths": paths,
        "components": {
            "schemas": schemas.shared,
            "responses": responses,
            "securitySchemes": schemes,
        },
    }


def _operation(operation: Operation, schemas: Schemas, responses: dict[str, Any]) -> dict[str, Any]:
    """One operation; its refusals are put into `responses`, which operations share."""
    endpoint = operation.description
    answered: dict[str, Any] = {"schema": schemas.answer(operation)}
    if endpoint.answers is not None:
        answered["example"] = example(operation)
    described: dict[str, Any] = {
        "tags": [operation.group],
        "operationId": _name(operation),
        "summary": endpoint.en,
        "x-summary-id": endpoint.id,
    }
    if sent := parameters(operation):
        described["parameters"] = sent
    if operation.body and operation.method != "GET":
        described["requestBody"] = _body(operation, schemas)
    described["responses"] = {
        str(endpoint.status): {
            "description": "Success.",
            "content": dict.fromkeys(endpoint.content, answered),
        }
    }
    for refusal in refusals(operation):
        responses[refusal.name] = refusal.response
        described["responses"][refusal.status] = {"$ref": f"#/components/responses/{refusal.name}"}
    described["security"] = [{scheme.name: [] for scheme in one} for one in endpoint.alternatives]
    return described


def _body(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": schemas.body(operation)}
    if operation.description.sends is not None:
        content["example"] = operation.description.sends
    return {"required": True, "content": {"application/json": content}}


def _name(operation: Operation) -> str:
    """Unique in the document, also where a handler serves several paths and methods."""
    parts = [operation.group, operation.name]
    rules = [
        rule
        for rule in own_rules(operation.group, operation.app)
        if name_of(rule) == operation.name
    ]
    if len(rules) > 1:
        parts += [operation.method.lower(), *(["path"] if "{" in operation.path else [])]
    return "_".join(parts)
