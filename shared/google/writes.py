"""The writes of a commit, in Firestore's own words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from shared.google.values import Document, encode, encode_value, types

UpdateTime = Timestamp | None  # when a document was last changed; None: it does not exist
_Message: Any = types.Write.pb()


@dataclass(frozen=True, slots=True)
class Write:
    """One change of one document; `Database.commit` applies all of its writes or none."""

    message: Any  # google.firestore.v1.Write

    @classmethod
    def create(cls, path: str, fields: Document) -> Write:
        """Makes a document. The commit raises AlreadyExists where it is there."""
        document = {"name": path, "fields": encode(fields)}
        return cls(_Message(update=document, current_document={"exists": False}))

    @classmethod
    def replace(cls, path: str, fields: Document, update_time: UpdateTime) -> Write:
        """Writes a whole document. The commit raises PreconditionFailed if it changed since."""
        if update_time is None:
            return cls.create(path, fields)
        document = {"name": path, "fields": encode(fields)}
        return cls(_Message(update=document, current_document={"update_time": update_time}))

    @classmethod
    def delete(
        cls, path: str, update_time: UpdateTime = None, *, must_exist: bool = False
    ) -> Write:
        """Deletes a document; with an update time, only if it did not change since."""
        condition: Any = {"exists": True} if must_exist else None
        if update_time:
            condition = {"update_time": update_time}
        return cls(_Message(delete=path, current_document=condition))

    @classmethod
    def require(cls, path: str) -> Write:
        """Changes nothing. The commit raises PreconditionFailed where there is no document."""
        return cls.set(path, {}, merge=True, must_exist=True)

    @classmethod
    def set(
        cls,
        path: str,
        fields: Document,
        *,
        merge: bool = False,
        array_union: Mapping[str, Iterable[str | int]] | None = None,
        increment: Mapping[str, float] | None = None,
        maximum: Mapping[str, float] | None = None,
        minimum: Mapping[str, float] | None = None,
        delete_fields: Iterable[str] = (),
        must_exist: bool = False,
        update_time: UpdateTime = None,
    ) -> Write:
        """Writes a whole document in place of any that is there; with `merge` only these fields.

        The transforms change a field by the value it has; an absent field begins with the value
        given. Names with dots (`totals.count`) are paths within objects. `must_exist`: the commit
        raises PreconditionFailed where there is no such document; with `update_time` also where it
        changed since.
        """
        mask = {"field_paths": [*_field_paths(fields), *delete_fields]} if merge else None
        condition: Any = {"exists": True} if must_exist else None
        message = _Message(
            update={"name": path, "fields": encode(fields)},
            update_mask=mask,
            current_document={"update_time": update_time} if update_time else condition,
        )
        for field, members in (array_union or {}).items():
            values = {"values": [encode_value(member) for member in members]}
            message.update_transforms.add(field_path=field, append_missing_elements=values)
        for kind, numbers in (("increment", increment), ("maximum", maximum), ("minimum", minimum)):
            for field, number in (numbers or {}).items():
                message.update_transforms.add(field_path=field, **{kind: encode_value(number)})
        return cls(message)


def _field_paths(fields: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    """The paths of what is set: within an object only its own fields, so that others stay."""
    for name, value in fields.items():
        if isinstance(value, dict) and value:
            yield from _field_paths(value, f"{prefix}{name}.")
        else:
            yield prefix + name
