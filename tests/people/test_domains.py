"""SIGN_IN_DOMAINS where a token is looked at: every group, in AUTH_MODE=verified."""

from typing import Any

import pytest
from flask import Flask

from shared.base.errors import Forbidden
from shared.web import auth
from tests.conftest import LOADED_PROJECT
from tests.tokens import token

DOMAINS = "kampus.test, @Staff.kampus.test"
GOOGLE = {"firebase": {"sign_in_provider": "google.com"}}


def user(mode: str, monkeypatch: pytest.MonkeyPatch, **claims: Any) -> auth.User:
    monkeypatch.setenv("AUTH_MODE", mode)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", LOADED_PROJECT)
    header = {"Authorization": f"Bearer {token('ani', role='student', **claims)}"}
    with Flask("x").test_request_context(headers=header):
        return auth.user()


@pytest.mark.parametrize(
    "email",
    ["ani@mail.test", "ani@mail.kampus.test", "ani@kampus.test.evil.test", "ani@xkampus.test",
     "ani@kampus.test@evil.test", "@"],
)  # fmt: skip
def test_an_address_outside_the_domains_may_nothing(
    monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    monkeypatch.setenv("SIGN_IN_DOMAINS", DOMAINS)
    with pytest.raises(Forbidden):
        user("verified", monkeypatch, email=email)
    assert user("open", monkeypatch, email=email).uid == "ani", "open mode is the contract"


@pytest.mark.parametrize("email", ["ani@kampus.test", "Ani@KAMPUS.TEST", "a@staff.kampus.test"])
def test_an_address_of_a_domain_may_what_its_role_may(
    monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    monkeypatch.setenv("SIGN_IN_DOMAINS", DOMAINS)
    assert user("verified", monkeypatch, email=email, email_verified=True).uid == "ani"


@pytest.mark.parametrize("provider", ["password", "google.com", "custom"])
@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_of_a_domain_that_nobody_proved_may_nothing(
    monkeypatch: pytest.MonkeyPatch, provider: str, verified: object
) -> None:
    monkeypatch.setenv("SIGN_IN_DOMAINS", DOMAINS)
    claims = {"email": "ani@kampus.test", "firebase": {"sign_in_provider": provider}}
    with pytest.raises(Forbidden):
        user("verified", monkeypatch, email_verified=verified, **claims)
    assert user("open", monkeypatch, email_verified=verified, **claims).uid == "ani"


def test_a_token_without_an_address_is_not_concerned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGN_IN_DOMAINS", DOMAINS)
    assert user("verified", monkeypatch).uid == "ani"


def test_without_domains_any_address_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert user("verified", monkeypatch, email="ani@mail.test").uid == "ani"


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_google_has_to_have_verified_the_address(
    monkeypatch: pytest.MonkeyPatch, verified: object
) -> None:
    claims = {"email": "ani@kampus.test", **GOOGLE}
    assert user("verified", monkeypatch, email_verified=True, **claims).uid == "ani"
    with pytest.raises(Forbidden):
        user("verified", monkeypatch, email_verified=verified, **claims)
    with pytest.raises(Forbidden):
        user("verified", monkeypatch, **claims)
