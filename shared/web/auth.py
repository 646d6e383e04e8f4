"""Who is calling. A check returns the caller or raises: no boolean that could be forgotten."""

from dataclasses import dataclass
from typing import Any, Protocol

from flask import g, request

from shared.base import accounts as addresses
from shared.base import settings
from shared.base.errors import Forbidden, Unauthorized, Unavailable
from shared.base.once import once
from shared.base.roles import ADMIN, INSTRUCTOR, ROLES

PATIENCE = 6  # seconds that the account service may take for one attempt


class Caller(Protocol):
    """What an endpoint may require of its caller. Each check raises Forbidden.

    `uid` is None for a caller who did not sign in.
    """

    @property
    def uid(self) -> str | None: ...

    def require_role(self, *roles: str) -> None: ...

    def require_user(self, user_id: str) -> None: ...


class AnyCaller:
    """A caller in AUTH_MODE=open, the course contract itself: every check passes."""

    uid = None

    def require_role(self, *roles: str) -> None:
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

    def require_role(self, *roles: str) -> None:
        """Raises Forbidden unless the token carries one of these roles."""
        if self.role not in roles:
            raise Forbidden

    def require_user(self, user_id: str) -> None:
        """Raises Forbidden unless the token is of this user."""
        if self.uid != user_id:
            raise Forbidden

    def require_domain(self) -> None:
        """Raises Forbidden for an address outside SIGN_IN_DOMAINS, or that nobody verified.

        Without SIGN_IN_DOMAINS only Google has to have verified it. A token without an address,
        such as a machine's, passes.
        """
        email, firebase = self.claims.get("email"), self.claims.get("firebase")
        domains, is_verified = addresses.domains(), self.claims.get("email_verified") is True
        if email and not addresses.is_allowed(str(email), domains):
            raise Forbidden
        provider = firebase.get("sign_in_provider") if isinstance(firebase, dict) else None
        if not is_verified and (provider == "google.com" or (email and domains)):
            raise Forbidden


def caller(_group: object = None) -> Caller:
    """Who sent the request. In AUTH_MODE=verified a user with a role.

    Raises Unauthorized, Forbidden.
    """
    return AnyCaller() if settings.AUTH_MODE.get() == "open" else user()


def instructor(_group: object = None) -> Caller:
    """The caller; in AUTH_MODE=verified an instructor or admin. Raises Unauthorized, Forbidden."""
    sender = caller()
    sender.require_role(INSTRUCTOR, ADMIN)
    return sender


def user(_group: object = None) -> User:
    """The holder of the request's Bearer token, in both modes. Raises Unauthorized.

    In AUTH_MODE=verified raises Forbidden without one of ROLES, as Firebase lets anybody sign up,
    and for an address outside SIGN_IN_DOMAINS.
    """
    return token_holder() if settings.AUTH_MODE.get() == "open" else person()


def person(_group: object = None) -> User:
    """The holder of a token with one of ROLES and an allowed address, in both modes.

    Raises Unauthorized, Forbidden.
    """
    holder = token_holder()
    holder.require_role(*ROLES)
    holder.require_domain()
    return holder


def token_holder() -> User:
    """The holder of the request's Bearer token, whatever the role, verified once per request.

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
        claims: dict[str, Any] = auth.verify_id_token(token, app=firebase_app())
    except auth.CertificateFetchError as error:
        raise Unavailable from error
    except (ValueError, RecursionError, auth.InvalidIdTokenError, auth.UserDisabledError) as error:
        raise Unauthorized from error
    return claims


def custom_token(uid: str, **claims: str | int) -> str:
    """A token to sign in with as this user, good for an hour. Raises Unavailable.

    In the cloud the function's service account signs it, which needs a permission.
    """
    from firebase_admin import auth

    try:
        token: bytes = auth.create_custom_token(uid, claims, app=firebase_app())
    except (ValueError, auth.TokenSignError) as error:
        raise Unavailable from error
    return token.decode()


@once
def firebase_app() -> Any:
    """The SDK's app of this project, for ID tokens and App Check."""
    import firebase_admin

    options = {"projectId": settings.project_id(), "httpTimeout": PATIENCE}
    return firebase_admin.initialize_app(options=options)
