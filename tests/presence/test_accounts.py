"""Accounts of others, as the account service knows them. tests/browser asks the Auth emulator."""

from types import SimpleNamespace
from typing import Any

import pytest
from firebase_admin import auth as sdk
from firebase_admin import exceptions

from shared.base.errors import Unavailable
from shared.web import auth
from shared.web.auth import Account
from tests.conftest import LOADED_PROJECT


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", LOADED_PROJECT)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")


@pytest.mark.parametrize("text", ["made@kampus.test", "made"])
def test_a_service_that_does_not_answer_is_unavailable(text: str) -> None:
    with pytest.raises(Unavailable):
        auth.account(text)
    with pytest.raises(Unavailable):
        auth.accounts([text])


@pytest.mark.parametrize("text", ["@", "made@", "x" * 129, "x" * 200])
def test_what_cannot_be_an_account_is_none_and_asks_nobody(text: str) -> None:
    assert auth.account(text) is None


def test_what_the_service_refuses_is_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise exceptions.InvalidArgumentError("INVALID_EMAIL")

    monkeypatch.setattr(sdk, "get_users", refuse)
    assert auth.account("a b@c") is None


def test_no_uids_have_no_accounts() -> None:
    assert auth.accounts([]) == []


@pytest.mark.parametrize(
    ("name", "email", "claims", "account"),
    [
        ("Pak Made", "m@k.test", {"role": "instructor"}, Account("m", "Pak Made", "instructor")),
        (None, "m@k.test", {}, Account("m", "m@k.test", None)),
        (None, None, None, Account("m", "m", None)),
    ],
)
def test_an_account_is_called_by_what_it_has(
    monkeypatch: pytest.MonkeyPatch, name: Any, email: Any, claims: Any, account: Account
) -> None:
    user = SimpleNamespace(uid="m", display_name=name, email=email, custom_claims=claims)
    monkeypatch.setattr(sdk, "get_users", lambda *_, **__: SimpleNamespace(users=[user]))
    assert auth.account("m") == account
    assert auth.accounts(["m"]) == [account]
