"""Who is calling. A check returns the caller or raises: no boolean that could be forgotten."""

from dataclasses import dataclass
from typing import Any, Protocol

from flask import g, request

from shared.base import settings
from shared.base.errors import Forbidden, Unauthorized, Unavailable
from shared.base.once import once

INSTRUCTOR = "instructor"
ADMIN = "admin"


class Caller(Protocol):
    """What an endpoint may require of its caller. Each check raises Forbidden."""

    def require_role(self, role: str) -> None: ...

    def require_user(self, user_id: str) -> None: ...


class AnyCaller:
    """A caller in AUTH_MODE=open, the course contract itself: every check passes."""

    def require_role(self, role: str) -> None:
        """Passes."""

    def require_user(self, user_id: str) -> None:
        """Passes."""


@dataclass(frozen=True)
class User:
    """The holder of a Firebase ID token."""

    uid: str
    claims: dict[str, Any]

    @property
    def role(self) -> object:
        """The claim `role`, or None."""
        return self.claims.get("role")

    def require_role(self, role: str) -> None:
        """Raises Forbidden unless the token carries this role."""
        if self.role != role:
            raise Forbidden

    def require_user(self, user_id: str) -> None:
        """Raises Forbidden unless the token is of this user."""
        if self.uid != user_id:
            raise Forbidden


def caller(_group: object = None) -> Caller:
    """Who sent the request. Raises Unauthorized without a token in AUTH_MODE=verified."""
    return AnyCaller() if settings.AUTH_MODE.get() == "open" else user()


def instructor(_group: object = None) -> Caller:
    """The caller; in AUTH_MODE=verified an instructor. Raises Unauthorized, Forbidden."""
    sender = caller()
    sender.require_role(INSTRUCTOR)
    return sender


def user(_group: object = None) -> User:
    """The holder of the request's Bearer token, in both modes, verified once per request.

    Raises Unauthorized.
    """
    if "user" not in g:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise Unauthorized
        claims = _verify(token.strip())
        g.user = User(claims["uid"], claims)
    holder: User = g.user
    return holder


def admin(_group: object = None) -> User:
    """The holder of an admin's token, in both modes. Raises Unauthorized, Forbidden."""
    holder = user()
    holder.require_role(ADMIN)
    return holder


def _verify(token: str) -> dict[str, Any]:
    """The claims of a good token. The SDK is loaded only where a token is needed."""
    from firebase_admin import auth

    try:
        claims: dict[str, Any] = auth.verify_id_token(token, app=_firebase())
    except auth.CertificateFetchError as error:
        raise Unavailable from error
    except (ValueError, auth.InvalidIdTokenError, auth.UserDisabledError) as error:
        raise Unauthorized from error
    return claims


def custom_token(uid: str, **claims: str) -> str:
    """A token to sign in with as this user, good for an hour. Raises Unavailable.

    In the cloud the function's service account signs it, which needs a permission.
    """
    from firebase_admin import auth

    try:
        token: bytes = auth.create_custom_token(uid, claims, app=_firebase())
    except (ValueError, auth.TokenSignError) as error:
        raise Unavailable from error
    return token.decode()


def revoke(uid: str) -> None:
    """Ends a user's sign-ins: an ID token lasts an hour at most. Raises Unavailable."""
    from firebase_admin import auth, exceptions

    try:
        auth.revoke_refresh_tokens(uid, app=_firebase())
    except auth.UserNotFoundError:
        return  # never signed in
    except exceptions.FirebaseError as error:
        raise Unavailable from error


@once
def _firebase() -> Any:
    import firebase_admin

    return firebase_admin.initialize_app(options={"projectId": settings.project_id()})
