"""Firestore values: how plain Python values are coded as protobuf messages, and back."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.google import protobuf

Document = dict[str, Any]  # the fields of a document as plain values

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

types: Any = protobuf.messages("google.cloud.firestore_v1")
Value: Any = types.Value.pb()


def encode(fields: Mapping[str, object]) -> dict[str, Any]:
    """Plain fields as Firestore values. Raises TypeError for a type that Firestore lacks."""
    return {name: encode_value(value) for name, value in fields.items()}


def decode(fields: Mapping[str, Any]) -> Document:
    """Firestore values as plain fields; times are in UTC."""
    return {name: decode_value(value) for name, value in fields.items()}


def encode_value(value: object) -> Any:
    """One plain value as a Firestore value. Raises TypeError for a type that Firestore lacks."""
    encoder = _ENCODERS.get(type(value))
    if encoder is None:
        matches = (each for kind, each in _ENCODERS.items() if isinstance(value, kind))
        encoder = next(matches, _refuse)
    return encoder(value)


def decode_value(value: Any) -> Any:
    """One Firestore value as a plain value."""
    kind = value.WhichOneof("value_type")
    match kind:
        case "null_value":
            return None
        case "timestamp_value":
            return value.timestamp_value.ToDatetime(tzinfo=UTC)
        case "array_value":
            # Nearly always texts; only an item that is empty or no text needs a second look.
            return [item.string_value or decode_value(item) for item in value.array_value.values]
        case "map_value":
            return decode(value.map_value.fields)
    return getattr(value, kind)


def _encode_integer(value: int) -> Any:
    if -(2**63) <= value < 2**63:
        return Value(integer_value=value)
    return Value(double_value=value)  # as JavaScript would read it


def _encode_time(value: datetime) -> Any:
    """Timestamp.FromDatetime takes five times as long, and a commit has several times."""
    since = value - _EPOCH
    seconds, nanos = since.days * 86_400 + since.seconds, since.microseconds * 1_000
    return Value(timestamp_value={"seconds": seconds, "nanos": nanos})


def _encode_array(value: Iterable[object]) -> Any:
    return Value(array_value={"values": [encode_value(item) for item in value]})


def _refuse(value: object) -> Any:
    raise TypeError(f"Firestore has no value for {type(value).__name__}")


# By exact type first: a commit encodes some dozen values, and a look-up is faster than a chain.
_ENCODERS: dict[type, Callable[[Any], Any]] = {
    str: lambda value: Value(string_value=value),
    bool: lambda value: Value(boolean_value=value),
    int: _encode_integer,
    float: lambda value: Value(double_value=value),
    datetime: _encode_time,
    list: _encode_array,
    tuple: _encode_array,
    dict: lambda value: Value(map_value={"fields": encode(value)}),
    bytes: lambda value: Value(bytes_value=value),
    type(None): lambda _: Value(null_value=0),
}
