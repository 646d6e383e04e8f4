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
from shared.domain import series
from shared.web import app_check, auth
from shared.web.app import Api
from shared.web.auth import Caller
from shared.web.endpoints import data, endpoint
from shared.web.envelopes import Json, OkEnvelope
from telemetry import points, rules
from telemetry.access import Access
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
    access: Access


def create_app(store: Callable[[], Store], now: clock.Clock = clock.now) -> Api:
    """The telemetry group on this store, by this clock."""
    app = app_check.attested(Api("telemetry", "/telemetry", OkEnvelope()))
    mount(app, store, now)
    return app


def mount(
    app: Api, store: Callable[[], Store], now: clock.Clock = clock.now, url_prefix: str = ""
) -> None:
    """Adds the group's endpoints to an app."""
    app.mount(routes, Group(store, now, Access(store)), url_prefix)


@routes.post("/accel")
@endpoint(AccelRequest, caller=auth.caller)
def add_accel(group: Group, sender: Caller, request: AccelRequest) -> Answer[AcceptedSamples]:
    now, device_id = group.now(), request.device_id
    group.access.require_rate(sender, device_id, now)
    batch = rules.batch(device_id, request.samples, millis(request.ts or now))
    owner = group.access.sender(sender, device_id, now)
    newest = batch.newest_until(series.horizon(now))
    shown = _sample_answer(newest) if newest else None
    count = len(batch.samples)
    event = _event("accel", device_id, owner, batch.batch_id, shown, count, now)
    group.store().add_samples(device_id, batch, newest, event, now)
    return data({"accepted": count})


@routes.get("/accel/latest")
@endpoint(DeviceRequest, caller=auth.caller)
def latest_accel(group: Group, reader: Caller, request: DeviceRequest) -> Answer[SampleAnswer]:
    now = group.now()
    group.access.require_reader(reader, request.device_id, now)
    sample = group.store().latest_sample(request.device_id, now)
    if sample is None:
        raise DeviceNotFound
    return data(_sample_answer(sample))


@routes.get("/accel/history")
@endpoint(HistoryRequest, caller=auth.caller)
def accel_history(group: Group, reader: Caller, request: HistoryRequest) -> Answer[SampleHistory]:
    store, now = group.store(), group.now()
    group.access.require_reader(reader, request.device_id, now)
    samples = store.samples(request.device_id, request.span)
    if not samples and not store.is_known(request.device_id, "accel"):
        raise DeviceNotFound
    items = [_sample_answer(sample) for sample in samples]
    return data({"device_id": request.device_id, "items": items})


@routes.post("/gps")
@endpoint(GpsRequest, caller=auth.caller)
def add_gps(group: Group, sender: Caller, request: GpsRequest) -> Answer[AcceptedPoint]:
    now, device_id = group.now(), request.device_id
    group.access.require_rate(sender, device_id, now)
    owner = group.access.sender(sender, device_id, now)
    point = Point(millis(request.ts or now), request.lat, request.lng, request.accuracy_m)
    point_id = rules.point_id(device_id, point)
    shown = _point_answer(point) if point.ms <= series.horizon(now) else None
    event = _event("gps", device_id, owner, point_id, shown, 1, now)
    group.store().add_point(device_id, point, point_id, event, now)
    return data({"accepted": True})


@routes.get("/gps/latest")
@endpoint(DeviceRequest, caller=auth.caller)
def latest_gps(group: Group, reader: Caller, request: DeviceRequest) -> Answer[PointAnswer]:
    now = group.now()
    group.access.require_reader(reader, request.device_id, now)
    point = group.store().latest_point(request.device_id, now)
    if point is None:
        raise DeviceNotFound
    return data(_point_answer(point))


@routes.get("/gps/history")
@endpoint(HistoryRequest, caller=auth.caller)
def gps_history(group: Group, reader: Caller, request: HistoryRequest) -> Answer[Track]:
    store, now = group.store(), group.now()
    group.access.require_reader(reader, request.device_id, now)
    stored = store.points(request.device_id, request.span, now)
    if not stored and not store.is_known(request.device_id, "gps"):
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
    kind: str,
    device_id: str,
    owner: str | None,
    batch_id: str,
    newest: Json | None,
    count: int,
    received_at: datetime,
) -> Json:
    """The event that an accepted POST publishes. `newest` is None if all of it is of the future."""
    return {
        "kind": kind,
        "device_id": device_id,
        "owner": owner,
        "batch_id": batch_id,
        "newest": newest,
        "count": count,
        "received_at": text(received_at),
    }
