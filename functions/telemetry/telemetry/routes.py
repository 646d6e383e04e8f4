"""The telemetry endpoints, each as its line in the contract reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from shared import clock
from shared.app import Endpoints, body, data, data_ending_in, query
from shared.auth import gate
from shared.envelopes import Json, OkEnvelope
from shared.errors import NotFound
from shared.series import packed
from shared.timestamps import millis, millis_text, text
from telemetry import rules
from telemetry.requests import Accel, Device, Gps, History
from telemetry.rules import Point, Sample

if TYPE_CHECKING:
    from shared.answers import Answer
    from telemetry.answers import (
        AcceptedPoint,
        AcceptedSamples,
        SampleHistory,
        ShownPoint,
        ShownSample,
        Track,
    )
    from telemetry.store import Store


class DeviceNotFound(NotFound):
    """Nothing was ever received of this device."""

    code = "device_not_found"


def create_app(store: Callable[[], Store], now: clock.Clock = clock.now) -> Endpoints:
    """The telemetry group on this store, by this clock."""
    app = Endpoints("telemetry", "/telemetry", OkEnvelope())

    @app.post("/accel")
    def add_accel() -> Answer[AcceptedSamples]:
        gate().signed_in()
        asked, moment = body(Accel), now()
        batch = rules.batch(asked.device_id, asked.samples, millis(asked.ts or moment))
        newest = _shown_sample(batch.newest)
        count = len(batch.samples)
        event = _event("accel", asked.device_id, batch.batch_id, newest, count, moment)
        store().add_samples(asked.device_id, batch, event, moment)
        return data({"accepted": count})

    @app.get("/accel/latest")
    def latest_accel() -> Answer[ShownSample]:
        gate().signed_in()
        return data(_shown_sample(store().latest_sample(query(Device).device_id)))

    @app.get("/accel/history")
    def accel_history() -> Answer[SampleHistory]:
        gate().signed_in()
        asked = query(History)
        found = store().samples(asked.device_id, asked.span)
        if not found and store().latest_sample(asked.device_id) is None:
            raise DeviceNotFound
        items = [_shown_sample(sample) for sample in found]
        return data({"device_id": asked.device_id, "items": items})

    @app.post("/gps")
    def add_gps() -> Answer[AcceptedPoint]:
        gate().signed_in()
        asked, moment = body(Gps), now()
        point = Point(millis(asked.ts or moment), asked.lat, asked.lng, asked.accuracy_m)
        batch_id = rules.batch_id(asked.device_id, packed(point))
        event = _event("gps", asked.device_id, batch_id, _shown_point(point), 1, moment)
        store().add_point(asked.device_id, point, event)
        return data({"accepted": True})

    @app.get("/gps/latest")
    def latest_gps() -> Answer[ShownPoint]:
        gate().signed_in()
        return data(_shown_point(store().latest_point(query(Device).device_id)))

    @app.get("/gps/history")
    def gps_history() -> Answer[Track]:
        gate().signed_in()
        asked = query(History)
        found = store().points(asked.device_id, asked.span, now())
        if not found and store().latest_point(asked.device_id) is None:
            raise DeviceNotFound
        return data_ending_in(
            {"device_id": asked.device_id}, "items", (shown for _, shown, _ in found)
        )

    return app


def _shown_sample(sample: Sample | None) -> ShownSample:
    """A sample as the contract prints it. Raises DeviceNotFound where there is none."""
    if sample is None:
        raise DeviceNotFound
    return {"t": millis_text(sample.ms), "x": sample.x, "y": sample.y, "z": sample.z}


def _shown_point(point: Point | None) -> ShownPoint:
    """A point as the contract prints it. Raises DeviceNotFound where there is none."""
    if point is None:
        raise DeviceNotFound
    return {
        "ts": millis_text(point.ms),
        "lat": point.lat,
        "lng": point.lng,
        "accuracy_m": point.accuracy_m,
    }


def _event(
    kind: str, device_id: str, batch_id: str, newest: Json, count: int, received_at: datetime
) -> Json:
    """What is told of an accepted POST."""
    return {
        "kind": kind,
        "device_id": device_id,
        "batch_id": batch_id,
        "newest": newest,
        "count": count,
        "received_at": text(received_at),
    }
