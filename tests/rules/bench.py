"""The security rules in the emulator: who may do what, asked as a phone would ask."""

import base64
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import requests

from shared.base.ids import document_id
from tools.paths import ROOT

RULES = (ROOT / "firestore.rules").read_text("utf-8")


@dataclass(frozen=True)
class Caller:
    """A signed-in user by uid and claims, or nobody."""

    uid: str = ""
    role: str = ""
    machine: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """An unsigned token: the emulator takes it at its word."""
        if not self.uid:
            return {}
        claims = {
            "sub": self.uid,
            "user_id": self.uid,
            **({"role": self.role} if self.role else {}),
            **({"machine": self.machine} if self.machine else {}),
        }
        parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
                 for part in ({"alg": "none", "typ": "JWT"}, claims)]  # fmt: skip
        return {"Authorization": f"Bearer {'.'.join([*parts, ''])}"}


NOBODY = Caller()
INSTRUCTOR = Caller("dosen", "instructor")
ADMIN = Caller("admin", "admin")
STUDENT = Caller("ani", "student")
PLAIN = Caller("budi")
MACHINE = Caller("machine-m1", machine="m1")
OTHER_MACHINE = Caller("machine-m2", machine="m2")


@dataclass(frozen=True)
class Ask:
    """One attempt and whether it must succeed."""

    who: Caller
    how: str  # get, list, list public (a query), create, update, delete, everywhere (of a group)
    path: str
    allowed: bool = False


class Rules:
    """One project in the emulator under one text of rules."""

    def __init__(self, host: str, rules: str = RULES) -> None:
        project = f"demo-{uuid.uuid4().hex[:12]}"
        self._http = requests.Session()
        self._documents = f"http://{host}/v1/projects/{project}/databases/(default)/documents"
        files = [{"name": "firestore.rules", "content": rules}]
        url = f"http://{host}/emulator/v1/projects/{project}:securityRules"
        self._http.put(url, json={"rules": {"files": files}}).raise_for_status()

    def put(self, path: str, **fields: str | bool) -> None:
        """Writes a document as the functions do: past the rules."""
        values = {
            name: {"booleanValue" if isinstance(value, bool) else "stringValue": value}
            for name, value in fields.items()
        }
        owner = {"Authorization": "Bearer owner"}
        self._http.patch(
            f"{self._documents}/{path}", json={"fields": values}, headers=owner
        ).raise_for_status()

    def allows(self, ask: Ask) -> bool:
        """Whether the emulator lets it through."""
        url, headers = f"{self._documents}/{ask.path}", ask.who.headers
        body = {"fields": {"status": {"stringValue": "forged"}}}
        if ask.how in ("get", "list"):
            answer = self._http.get(url, headers=headers)
        elif ask.how == "create":
            parent, name = url.rsplit("/", 1)
            named = {"documentId": unquote(name)}
            answer = self._http.post(parent, params=named, json=body, headers=headers)
        elif ask.how == "update":
            answer = self._http.patch(url, json=body, headers=headers)
        elif ask.how == "delete":
            answer = self._http.delete(url, headers=headers)
        else:
            query = _public(ask.path) if ask.how == "list public" else _everywhere(ask.path)
            query_url = f"{self._documents}:runQuery"
            answer = self._http.post(query_url, json={"structuredQuery": query}, headers=headers)
        if answer.status_code not in (200, 403, 404):
            raise AssertionError(f"{ask}: {answer.status_code} {answer.text}")
        return answer.status_code != 403


def _everywhere(group: str) -> dict[str, Any]:
    return {"from": [{"collectionId": group, "allDescendants": True}]}


def _public(collection: str) -> dict[str, Any]:
    is_public = {"field": {"fieldPath": "public"}, "op": "EQUAL", "value": {"booleanValue": True}}
    return {"from": [{"collectionId": collection}], "where": {"fieldFilter": is_public}}


def segment(text: str) -> str:
    """A document id as one segment of a URL."""
    return quote(document_id(text), safe="")


def mutants(rules: str) -> Iterator[tuple[str, str]]:
    """The rules with each single condition taken as given, and as never met; and what was changed."""
    for clause in re.finditer(r"(?:\bif\b|\breturn\b)(.*?);", rules, re.DOTALL):
        for atom in re.finditer(r"(?:\w\([^()]*\)|[^&|()])+", clause[1]):
            condition = atom[0].strip()
            if not condition:
                continue
            start = clause.start(1) + atom.start() + atom[0].index(condition)
            for value in ("true", "false"):
                changed = rules[:start] + value + rules[start + len(condition) :]
                yield changed, f"{condition} → {value} at {start}"
