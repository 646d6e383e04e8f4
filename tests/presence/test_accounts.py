"""Accounts of others, as the account service knows them. tests/browser asks the Auth emulator."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from firebase_admin import auth as sdk
from firebase_admin import exceptions

from presence.store import Store
from shared.base.errors import Unavailable
from tests.conftest import LOADED_PROJECT

STORE = Store(cast(Any, None))  # of the account service alone


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", LOADED_PROJECT)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")


@pytest.mark.parametrize("text", ["made@kampus.test", "made"])
def test_a_service_that_does_not_answer_is_unavailable(text: str) -> None:
    with pytest.raises(Unavailable):
        STORE.account(text)
    with pytest.raises(Unavailable):
        STORE.accounts([text])


@pytest.mark.parametrize("text", ["@", "made@", "x" * 129, "x" * 200])
def test_what_cannot_be_an_account_is_none_and_asks_nobody(text: str) -> None:
    assert STORE.account(text) is None


def test_what_the_service_refuses_is_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise exceptions.InvalidArgumentError("INVALID_EMAIL")

    monkeypatch.setattr(sdk, "get_users", refuse)
    assert STORE.account("a b@c") is None


def test_no_uids_have_no_accounts() -> None:
    assert STORE.accounts([]) == []


@pytest.mark.parametrize(
    ("name", "email", "claims", "label", "role"),
    [
        ("Pak Made", "m@k.test", {"role": "instructor"}, "Pak Made", "instructor"),
        (None, "m@k.test", {}, "m@k.test", None),
        (None, None, None, "m", None),
    ],
)
def test_an_account_is_called_by_what_it_has(
    monkeypatch: pytest.MonkeyPatch, name: Any, email: Any, claims: Any, label: str, role: Any
) -> None:
    times = SimpleNamespace(creation_timestamp=None, last_sign_in_timestamp=None)
    user = SimpleNamespace(
        uid="m", display_name=name, email=email, custom_claims=claims, email_verified=False,
        disabled=False, user_metadata=times, provider_data=[],
    )  # fmt: skip
    monkeypatch.setattr(sdk, "get_users", lambda *_, **__: SimpleNamespace(users=[user]))
    for account in (STORE.account("m"), *STORE.accounts(["m"])):
        assert account is not None
        assert (account.uid, account.label, account.role) == ("m", label, role)
