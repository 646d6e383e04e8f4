"""Who may get which role, and how a person's own data is walked and shown. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from people.errors import AddressNotVerified, Disabled, DomainNotAllowed, OtherRole
from shared.base.accounts import Account, AddressTaken, is_allowed
from shared.base.errors import Forbidden, Invalid, Missing
from shared.base.roles import ADMIN, INSTRUCTOR, STUDENT
from shared.base.timestamps import from_millis, millis, text
from shared.domain.people import is_uid
from shared.domain.series import unpacked

JSON_FIELDS = ("samples", "readings", "metadata", "health")  # stored as one JSON text
HIDDEN_FIELDS = ("purge_at", "key_version", "key")  # of our own book-keeping

# What a person's data is read from, in this order. Of the last three there is one for each thing.
KINDS = (
    "account", "rosters", "courses", "presences", "marks", "requests", "phones", "devices",
    "accel", "gps", "readings",
)  # fmt: skip
PARENT_KIND = {"accel": "phones", "gps": "phones", "readings": "devices"}


LONGEST_DOCUMENT = timedelta(hours=1)  # from its first sample or point to its last


class Position(NamedTuple):
    """Where a walk through a person's data is: in which kind, of which thing, after which path."""

    kind: str = KINDS[0]
    thing: str = ""
    after: str = ""


def following(position: Position, things: Sequence[str]) -> Position | None:
    """The position after the end of this one; None at the end.

    `things`: the phones or devices of the person, where the kind has one walk for each.
    """
    later = [thing for thing in things if thing > position.thing]
    if position.kind in PARENT_KIND and later:
        return Position(position.kind, later[0])
    rest = KINDS[KINDS.index(position.kind) + 1 :]
    return Position(rest[0]) if rest else None


def position_of(parts: object) -> Position:
    """The position in an opened cursor. Raises Invalid."""
    is_sound = isinstance(parts, list) and len(parts) == 3 and all(map(_is_text, parts))
    if not is_sound or parts[0] not in KINDS:  # type: ignore[index]
        raise Invalid("cursor")
    return Position(*parts)  # type: ignore[misc]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def require_may_invite(role: object, invited: str, course_id: str | None) -> None:
    """Raises Forbidden: an admin invites with any role, an instructor students into a course."""
    if role != ADMIN and (invited != STUDENT or course_id is None):
        raise Forbidden


def require_invitation(invited: str, user_id: str | None, course_id: str | None) -> None:
    """Raises Missing, Invalid: a student has an id, and only some roles have a course."""
    if invited == STUDENT and user_id is None:
        raise Missing("user_id")
    if user_id and not is_uid(user_id):
        raise Invalid("user_id")
    if course_id and invited not in (STUDENT, INSTRUCTOR, ADMIN):
        raise Invalid("course_id")


def require_domain(email: str, domains: Sequence[str]) -> None:
    """Raises DomainNotAllowed."""
    if not is_allowed(email, domains):
        raise DomainNotAllowed


def invited_account(
    looked_up: Sequence[Account], email: str, role: str, user_id: str | None
) -> Account | None:
    """The account that an invitation is for, of those with its address or id; None: a new one.

    Raises AddressTaken where it would be another person's, OtherRole, AddressNotVerified.
    """
    found = [each for each in looked_up if each.email == email or each.uid == user_id]
    if not found:
        return None
    account = found[0]
    if len(found) > 1 or account.email != email or user_id not in (None, account.uid):
        raise AddressTaken
    if account.role not in (None, role):
        raise OtherRole
    if not account.is_verified:
        raise AddressNotVerified
    return account


def require_open(account: Account) -> None:
    """Raises Disabled, OtherRole where only an admin invites the holder of an account."""
    if account.is_disabled:
        raise Disabled
    if account.role is None and account.signed_in_at:
        raise OtherRole


def span(head: Mapping[str, Any] | None, begin: datetime) -> tuple[str, str] | None:
    """The first and the last time of what a head names; None where nothing is stored.

    What is older than `begin` does not count.
    """
    if not head or "oldest_ms" not in head:
        return None
    newest = max(head.get("newest_ms", 0), head.get("ahead_ms", 0))
    oldest = max(head["oldest_ms"], millis(begin))
    return (text(from_millis(oldest)), text(from_millis(newest))) if oldest <= newest else None


def since(fields: Mapping[str, Any], begin: datetime) -> dict[str, Any] | None:
    """Of a document of samples or points what is from a moment on; None where that is nothing.

    Samples that arrived before it are none of it, whatever their clock said.
    """
    name, time = ("points", _point_ms) if "points" in fields else ("samples", _sample_ms)
    if fields.get("received_at", begin) < begin:
        return None
    stored = fields[name]
    rows = unpacked(stored) if isinstance(stored, str) else stored
    kept = [row for row in rows if time(row) >= millis(begin)]
    if not kept:
        return None
    counts = {"count": len(kept)} if "count" in fields else {}
    others = {field: value for field, value in fields.items() if field not in ("first", "size")}
    return {**others, name: kept, **counts}


def shown(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A document as its person gets it: times and stored JSON as JSON has them."""
    return dict(_shown(fields))


def _shown(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if name in HIDDEN_FIELDS:
            continue
        if name in JSON_FIELDS and isinstance(value, str):
            yield name, unpacked(value)
        elif name == "points":
            yield name, [_point(each) for each in value]
        else:
            yield name, _plain(value)


def _sample_ms(row: Sequence[Any]) -> int:
    return int(row[0])


def _point_ms(stored: str) -> int:
    return int(unpacked(stored)[0] if stored.startswith("[") else stored.split(" ")[0])


def _point(stored: str) -> Any:
    """A point of a track, in the form that telemetry stores it in, or in the older one."""
    if stored.startswith("["):
        return unpacked(stored)
    _, line, accuracy = stored.split(" ")
    return {**unpacked(line), "accuracy_m": unpacked(accuracy)}


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return text(value)
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
    return value
