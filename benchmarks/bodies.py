"""Request bodies of phones, sensors and students. No two are alike."""

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from shared.base.timestamps import text

RANDOM = random.Random(7)


def accel(device: str, start: datetime, count: int) -> bytes:
    """A batch of samples at 50 a second."""
    samples = [
        {
            "t": text(start + timedelta(milliseconds=20 * index)),
            "x": round(RANDOM.gauss(0, 1), 3),
            "y": round(RANDOM.gauss(0, 1), 3),
            "z": round(RANDOM.gauss(9.8, 1), 3),
        }
        for index in range(count)
    ]
    return _json(device_id=device, ts=text(start), samples=samples)


def gps(device: str, moment: datetime) -> bytes:
    """A point on a campus."""
    lat, lng = -7.28 + RANDOM.random() / 100, 112.79 + RANDOM.random() / 100
    position = {"lat": round(lat, 6), "lng": round(lng, 6), "accuracy_m": 5.5}
    return _json(device_id=device, ts=text(moment), **position)


def readings(start: datetime, count: int) -> bytes:
    """Readings of a sensor, one a second."""
    data = [
        {
            "type": "temperature",
            "value": round(RANDOM.gauss(28, 2), 2),
            "timestamp": text(start + timedelta(seconds=index)),
        }
        for index in range(count)
    ]
    return _json(data=data)


def checkin(user: str, session: str, token: str) -> bytes:
    """A student's check-in."""
    return _json(
        user_id=user,
        device_id=f"phone of {user}",
        course_id="cloud-101",
        session_id=session,
        qr_token=token,
    )


def session(session: str) -> bytes:
    """An instructor's request for a QR token."""
    return _json(course_id="cloud-101", session_id=session)


def moments(start: datetime, step: timedelta) -> Iterator[datetime]:
    """Endless moments, each newer than the one before by `step`."""
    while True:
        yield start
        start += step


def _json(**fields: Any) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()
