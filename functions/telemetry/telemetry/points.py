"""How a point is stored: one text of its time, the JSON of its line in a history, its accuracy.

A history shows hundreds of points, so the JSON is made once, when a point arrives.
"""

from collections.abc import Sequence

from shared.base.timestamps import millis_text
from shared.domain.series import packed, unpacked
from telemetry.rules import Point

# A point as its document has it: milliseconds since 1970, the JSON of its line in a history, the
# JSON of its accuracy. A plain tuple: 200 named ones take a fifth of the time of a history.
StoredPoint = tuple[int, str, str]


def encode(point: Point) -> str:
    """The text that a point is stored as."""
    line = {"ts": millis_text(point.ms), "lat": point.lat, "lng": point.lng}
    return f"{point.ms} {packed(line)} {packed(point.accuracy_m)}"


def decode(texts: Sequence[str]) -> list[StoredPoint]:
    """The points of these texts. All are split at once: no part of a text holds a blank."""
    joined = " ".join(texts)
    if "[" in joined:  # the older form, a JSON array, is among them
        joined = " ".join(map(_current_form, texts))
    parts = joined.split()
    return list(zip(map(int, parts[::3]), parts[1::3], parts[2::3], strict=True))


def _current_form(text: str) -> str:
    return encode(Point(*unpacked(text))) if text.startswith("[") else text


def track(points: Sequence[StoredPoint]) -> str:
    """The JSON array of the points' lines in a history."""
    return f"[{','.join([line for _, line, _ in points])}]"


def point(stored: StoredPoint) -> Point:
    """The point itself, every number exactly as it was sent."""
    ms, track_json, accuracy_json = stored
    line = unpacked(track_json)
    return Point(ms, line["lat"], line["lng"], unpacked(accuracy_json))
