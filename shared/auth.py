"""Who is calling. A check returns or raises: nothing that could be forgotten comes back."""

from dataclasses import dataclass
from typing import Any, Protocol

from flask import g, request

from shared import settings
from shared.errors import Forbidden, Unauthorized, Unavailable
from shared.once import once

INSTRUCTOR = "instructor"
ADMIN = "admin"


class Gate(Protocol):
    """What an endpoint may ask of its caller."""

    def signed_in(self) -> None: ...

    def role(self, role: str) -> None: ...

    def own(self, user_id: str) -> None: ...


class OpenGate:
    """AUTH_MODE=open, the course contract itself: nobody is asked anything."""

    def signed_in(self) -> None:
        """Everybody may."""

    def role(self, role: str) -> None:
        """Everybody may."""

    def own(self, user_id: str) -> None:
        """Everybody may."""


@dataclass(frozen=True)
class Caller:
    """AUTH_MODE=verified: the holder of a Firebase ID token."""

    uid: str
    claims: dict[str, Any]

    def signed_in(self) -> None:
        """A verified token is enough."""

    def role(self, role: str) -> None:
        """Raises Forbidden unless the token carries this role."""
        if self.claims.get("role") != role:
            raise Forbidden

    def own(self, user_id: str) -> None:
        """Raises Forbidden for anybody else's user id."""
        if self.uid != user_id:
            raise Forbidden


def gate() -> Gate:
    """What the current request may be asked. Raises Unauthorized where a token is due."""
    return OpenGate() if settings.AUTH_MODE.get() == "open" else caller()


def caller() -> Caller:
    """The holder of the current request's Bearer token, verified once. Raises Unauthorized."""
    if "caller" not in g:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise Unauthorized
        claims = _verify(token.strip())
        g.caller = Caller(claims["uid"], claims)
    found: Caller = g.caller
    return found


def _verify(token: str) -> dict[str, Any]:
    """The claims of a good token. The SDK is loaded only where a token is asked for."""
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

    In the cloud the function's service account signs it, which it has to be allowed to.
    """
    from firebase_admin import auth

    try:
        token: bytes = auth.create_custom_token(uid, claims, app=_firebase())
    except (ValueError, auth.TokenSignError) as error:
        raise Unavailable from error
    return token.decode()


def revoke(uid: str) -> None:
    """Ends a user's sign-ins: each lasts as long as its ID token, an hour at most.

    Raises Unavailable.
    """
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
