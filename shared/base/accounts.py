"""Accounts to sign in with, as values, and which addresses may have one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from shared.base import settings
from shared.base.errors import Conflict, NotFound
from shared.base.roles import ADMIN

LONGEST_UID = 128  # of the account service

# `invited`: there is an account, and it never signed in.
State = Literal["none", "invited", "active", "disabled"]


class AddressTaken(Conflict):
    """The address, or the uid, belongs to another account."""

    code = "address_taken"


class AccountNotFound(NotFound):
    """There is no such account."""

    code = "account_not_found"


@dataclass(frozen=True)
class Account:
    """An account of the project. `email` and `name` are empty where there is none."""

    uid: str
    email: str = ""
    name: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict)  # what its tokens say, the role too
    is_verified: bool = False  # its address
    is_disabled: bool = False
    made_at: datetime | None = None
    signed_in_at: datetime | None = None
    providers: tuple[str, ...] = ()

    @property
    def role(self) -> object:
        """The claim `role`, or None."""
        return self.claims.get("role")

    @property
    def label(self) -> str:
        """The name, else the address, else the uid."""
        return self.name or self.email or self.uid

    @property
    def is_person(self) -> bool:
        """Whether it is one of a person. Machines and anonymous apps have accounts too."""
        return bool(self.email or self.role)

    @property
    def is_admin(self) -> bool:
        """Whether its holder is an admin who can sign in."""
        return self.role == ADMIN and not self.is_disabled

    @property
    def is_unproved(self) -> bool:
        """Whether anybody can have made it: no role, and an address that nobody proved."""
        return self.role is None and not self.is_verified

    @property
    def state(self) -> State:
        """What can be done with it."""
        if self.is_disabled:
            return "disabled"
        return "active" if self.signed_in_at else "invited"


@dataclass(frozen=True)
class NewAccount:
    """An account to make. `password` empty: the holder sets one by a link, or uses Google."""

    uid: str
    email: str
    name: str
    role: str
    password: str = ""


def domains() -> tuple[str, ...]:
    """The domains of SIGN_IN_DOMAINS in lower case; none where any domain is allowed."""
    words = settings.SIGN_IN_DOMAINS.get().lower().replace(" ", "").split(",")
    return tuple(word.removeprefix("@") for word in words if word)


def is_allowed(email: str, domains: Sequence[str]) -> bool:
    """Whether an address is of one of these domains; a subdomain is another domain."""
    return not domains or email.lower().rpartition("@")[2] in domains
