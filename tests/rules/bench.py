"""The security rules in the emulator: who may do what, asked as a phone would ask."""

import base64
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, unquote

from shared.base.ids import document_id
from tools.paths import ROOT

RULES = (ROOT / "firestore.rules").read_text("utf-8")
# Those of AUTH_MODE=open; a test holds infra/rules.mjs to the same.
SWITCH = re.compile(r"(function isOpen\(\) \{\s*return )false;")
MISSING = object()  # a claim that a token does not have
Fields = Mapping[str, Any]


def opened(rules: str) -> str:
    """The rules of AUTH_MODE=open, of those of verified mode."""
    return SWITCH.sub(r"\1true;", rules)


@dataclass(frozen=True, eq=False)
class Caller:
    """A signed-in user by uid and claims, or nobody. `name` is for people."""

    name: str
    uid: str = ""
    role: object = MISSING
    machine: object = MISSING
    generation: object = MISSING

    @cached_property
    def headers(self) -> dict[str, str]:
        """An unsigned token: the emulator takes it at its word."""
        if not self.uid:
            return {}
        claims = {
            "sub": self.uid,
            "user_id": self.uid,
            "role": self.role,
            "machine": self.machine,
            "generation": self.generation,
        }
        claims = {name: value for name, value in claims.items() if value is not MISSING}
        parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
                 for part in ({"alg": "none", "typ": "JWT"}, claims)]  # fmt: skip
        return {"Authorization": f"Bearer {'.'.join([*parts, ''])}"}


# How a collection may be asked for some of its documents: field, operator, value of a caller.
QUERIES: dict[str, tuple[str, str, Any]] = {
    "public": ("public", "EQUAL", lambda _: True),
    "own": ("owner", "EQUAL", lambda who: who.uid),
    "another's": ("owner", "EQUAL", lambda _: "siti"),
    "taught": ("teachers", "ARRAY_CONTAINS", lambda who: who.uid),
}
WRITES = ("create", "update", "delete")


@dataclass(frozen=True)
class Ask:
    """One attempt, and whether it must succeed.

    `how`: get, list, one of QUERIES, everywhere (all collections of this name) or one of WRITES.
    `path`: of a document; of a collection for the ones that list.
    """

    who: Caller
    how: str
    path: str
    allowed: bool = False

    def __str__(self) -> str:
        return f"{self.who.name} {self.how} {self.path}"


class Rules:
    """One project in the emulator, with documents, under one text of rules at a time."""

    def __init__(self, host: str, documents: Mapping[str, Fields], rules: str = RULES) -> None:
        self._http = HTTPConnection(host)
        self._project = f"demo-{uuid.uuid4().hex[:12]}"
        self._database = f"projects/{self._project}/databases/(default)/documents"
        self.use(rules)
        self.put(documents)

    def use(self, rules: str) -> None:
        """Replaces the rules."""
        files = [{"name": "firestore.rules", "content": rules}]
        path = f"/emulator/v1/projects/{self._project}:securityRules"
        status, text = self._send("PUT", path, {"rules": {"files": files}})
        assert status == 200, text

    def put(self, documents: Mapping[str, Fields]) -> None:
        """Writes documents as the functions do: past the rules."""
        writes = [
            {
                "update": {
                    "name": f"{self._database}/{unquote(path)}",
                    "fields": {name: _value(value) for name, value in fields.items()},
                }
            }
            for path, fields in documents.items()
        ]
        owner = {"Authorization": "Bearer owner"}
        path = f"/v1/{self._database}:commit"
        status, text = self._send("POST", path, {"writes": writes}, owner)
        assert status == 200, text

    def allows(self, ask: Ask) -> bool:
        """Whether the emulator lets it through."""
        status, text = self._send(*self._request(ask), ask.who.headers)
        if status not in (200, 403, 404, 409):  # 409: the rules let it create what is there
            raise AssertionError(f"{ask}: {status} {text}")
        return status != 403

    def close(self) -> None:
        """Ends the connection."""
        self._http.close()

    def differing(self, asks: Iterable[Ask]) -> Iterator[Ask]:
        """The attempts that do not end as they must."""
        return (ask for ask in asks if self.allows(ask) is not ask.allowed)

    def _request(self, ask: Ask) -> tuple[str, str, dict[str, Any] | None]:
        """Method, path and body of an attempt."""
        documents = f"/v1/{self._database}"
        path = f"{documents}/{ask.path}"
        forged = {"fields": {"status": _value("forged"), "owner": _value(ask.who.uid)}}
        parent, _, last = ask.path.rpartition("/")
        above = f"{documents}/{parent}" if parent else documents
        match ask.how:
            case "get" | "list":
                return "GET", path, None
            case "create":
                return "POST", f"{above}?documentId={last}", forged
            case "update":
                return "PATCH", path, forged
            case "delete":
                return "DELETE", path, None
            case _:
                return "POST", f"{above}:runQuery", {"structuredQuery": _query(ask, last)}

    def _send(
        self, method: str, path: str, body: object, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        content = None if body is None else json.dumps(body)
        self._http.request(method, path, content, dict(headers or {}))
        answer = self._http.getresponse()
        return answer.status, answer.read().decode()


def _query(ask: Ask, collection: str) -> dict[str, Any]:
    if ask.how == "everywhere":
        return {"from": [{"collectionId": collection, "allDescendants": True}]}
    field, operator, value = QUERIES[ask.how]
    condition = {
        "field": {"fieldPath": field}, "op": operator, "value": _value(value(ask.who)),
    }  # fmt: skip
    return {"from": [{"collectionId": collection}], "where": {"fieldFilter": condition}}


def _value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"booleanValue": value}
        case int():
            return {"integerValue": str(value)}
        case list():
            return {"arrayValue": {"values": [_value(each) for each in value]}}
        case _:
            return {"stringValue": value}


def segment(text: str) -> str:
    """A document id as one segment of a URL."""
    return quote(document_id(text), safe="")
