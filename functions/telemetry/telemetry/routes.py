"""The telemetry endpoints, each as its line in the contract reads.

What each endpoint does and refuses: answers.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from flask import Blueprint
from msgspec import Raw

from shared.base import clock
from shared.base.timestamps import millis, millis_text, text
from shared.web import auth
from shared.web.app import Api
from shared.web.endpoints import data, endpoint
from shared.web.envelopes import Json, OkEnvelope
from telemetry import points, rules
from telemetry.errors import DeviceNotFound
from telemetry.requests import AccelRequest, DeviceRequest, GpsRequest, HistoryRequest
from telemetry.rules import Point, Sample

if TYPE_CHECKING:
    from shared.web.answers import Answer
    from telemetry.answers import (
        AcceptedPoint,
        AcceptedSamples,
        PointAnswer,
        SampleAnswer,
        SampleHistory,
        Track,
        TrackPoint,
    )
    from telemetry.store import Store

routes = Blueprint("telemetry", __name__)


@dataclass(frozen=True)
class Group:
    """What the handlers work with."""

    store: Callable[[], Store]
    now: clock.Clock


def create_app(store: Callable[[], Store], now: clock.Clock = clock.now) -> Api:
    """The telemetry group on this store, by this clock."""
    app = Api("telemetry", "/telemetry", OkEnvelope())
    mount(app, store, now)
    return app


def mount(
    app: Api, store: Callable[[], Store], now: clock.Clock = clock.now, url_prefix: str = ""
) -> None:
    """Adds the group's endpoints to an app."""
    app.mount(routes, Group(store, now), url_prefix)


@routes.post("/accel")
@endpoint(AccelRequest, allow=auth.caller)
def add_accel(group: Group, request: AccelRequest) -> Answer[AcceptedSamples]:
    now = group.now()
    batch = rules.batch(request.device_id, request.samples, millis(request.ts or now))
    count = len(batch.samples)
    newest = _sample_answer(batch.newest)
    event = _event("accel", request.device_id, batch.batch_id, newest, count, now)
    group.store().add_samples(request.device_id, batch, event, now)
    return data({"accepted": count})


@routes.get("/accel/latest")
@endpoint(DeviceRequest, allow=auth.caller)
def latest_accel(group: Group, request: DeviceRequest) -> Answer[SampleAnswer]:
    sample = group.store().latest_sample(request.device_id)
    if sample is None:
        raise DeviceNotFound
    return data(_sample_answer(sample))


@routes.get("/accel/history")
@endpoint(HistoryRequest, allow=auth.caller)
def accel_history(group: Group, request: HistoryRequest) -> Answer[SampleHistory]:
    store = group.store()
    samples = store.samples(request.device_id, request.span)
    if not samples and store.latest_sample(request.device_id) is None:
        raise DeviceNotFound
    items = [_sample_answer(sample) for sample in samples]
    return data({"device_id": request.device_id, "items": items})


@routes.post("/gps")
@endpoint(GpsRequest, allow=auth.caller)
def add_gps(group: Group, request: GpsRequest) -> Answer[AcceptedPoint]:
    now = group.now()
    point = Point(millis(request.ts or now), request.lat, request.lng, request.accuracy_m)
    batch_id = rules.point_id(request.device_id, point)
    event = _event("gps", request.device_id, batch_id, _point_answer(point), 1, now)
    group.store().add_point(request.device_id, point, event)
    return data({"accepted": True})


@routes.get("/gps/latest")
@endpoint(DeviceRequest, allow=auth.caller)
def latest_gps(group: Group, request: DeviceRequest) -> Answer[PointAnswer]:
    point = group.store().latest_point(request.device_id)
    if point is None:
        raise DeviceNotFound
    return data(_point_answer(point))


@routes.get("/gps/history")
@endpoint(HistoryRequest, allow=auth.caller)
def gps_history(group: Group, request: HistoryRequest) -> Answer[Track]:
    store = group.store()
    stored = store.points(request.device_id, request.span, group.now())
    if not stored and store.latest_point(request.device_id) is None:
        raise DeviceNotFound
    # A point is stored as the JSON that a history shows: it is passed through, not parsed.
    items = Raw(points.track(stored).encode())
    return data({"device_id": request.device_id, "items": cast("list[TrackPoint]", items)})


def _sample_answer(sample: Sample) -> SampleAnswer:
    ms, x, y, z = sample
    return {"t": millis_text(ms), "x": x, "y": y, "z": z}


def _point_answer(point: Point) -> PointAnswer:
    return {
        "ts": millis_text(point.ms),
        "lat": point.lat,
        "lng": point.lng,
        "accuracy_m": point.accuracy_m,
    }


def _event(
    kind: str, device_id: str, batch_id: str, newest: Json, count: int, received_at: datetime
) -> Json:
    """The event that an accepted POST publishes."""
    return {
        "kind": kind,
        "device_id": device_id,
        "batch_id": batch_id,
        "newest": newest,
        "count": count,
        "received_at": text(received_at),
    }
