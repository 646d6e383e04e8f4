"""The device endpoints, each as its line in the contract reads.

What each endpoint does and refuses: answers.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import flask
from flask import Blueprint, g

from devices import events, formats, rules
from devices.access import Access, owned, quota, registrant
from devices.errors import DeviceIdInUse, DeviceNotFound
from devices.ids import LANES, ReadingIds
from devices.requests import (
    AlertsRequest,
    DataRequest,
    HeartbeatRequest,
    HistoryRequest,
    ReadingRow,
    RegisterRequest,
)
from devices.rules import Sender
from shared.base import clock, settings
from shared.base.errors import Unavailable
from shared.base.roles import ADMIN
from shared.base.timestamps import millis, text
from shared.domain.devices import Device, Reading
from shared.domain.keys import key_hash
from shared.web import auth, refusals
from shared.web.app import Api
from shared.web.auth import User
from shared.web.cache import Cache, cache_headers
from shared.web.endpoints import data, endpoint
from shared.web.envelopes import SuccessEnvelope

if TYPE_CHECKING:
    from devices.answers import (
        DeviceDetails,
        Done,
        Heard,
        HistoryRow,
        Ingested,
        OwnedDevices,
        Registered,
        Rotated,
        Statistics,
        Watched,
    )
    from devices.store import Store
    from shared.web.answers import Answer

STATISTICS_LIFE = timedelta(seconds=60)
HISTORY_LIFE = timedelta(seconds=30)
RECENT = 10  # readings in a device's details
DEFAULT_HISTORY = 50
DEFAULT_TYPE = "sensor"
ATTEMPTS = 10  # to register, while the same owner registers others; to delete a device that sends

routes = Blueprint("devices", __name__)


class CachedStatistics(NamedTuple):
    """Statistics with the device that they are of, as they were read at a time."""

    at: datetime
    device: Device
    statistics: rules.Statistics


class CachedHistory(NamedTuple):
    """Rows of a history with the device that they are of, as they were read at a time."""

    at: datetime
    device: Device
    rows: list[HistoryRow]


@dataclass(frozen=True)
class Group:
    """What the handlers work with: the store, the clock, access, ids, and two caches.

    Statistics are cached by the number of the device, histories by number and limit.
    """

    store: Callable[[], Store]
    now: clock.Clock
    access: Access
    ids: ReadingIds
    statistics: Cache[CachedStatistics | None] = field(
        default_factory=lambda: Cache(STATISTICS_LIFE)
    )
    histories: Cache[CachedHistory | None] = field(default_factory=lambda: Cache(HISTORY_LIFE))


def create_app(
    store: Callable[[], Store],
    now: clock.Clock = clock.now,
    randbelow: Callable[[int], int] = secrets.randbelow,
) -> Api:
    """The devices group on this store, by this clock; `randbelow` draws the lane of its ids."""
    needs = (settings.DEVICE_KEY_SECRET,)
    app = Api("devices", "/api/v1/devices", SuccessEnvelope(), refusals.all_errors, needs)
    app.mount(routes, Group(store, now, Access(store), ReadingIds(randbelow(LANES))))
    return app


@routes.url_value_preprocessor
def take_name(_endpoint: str | None, path: dict[str, Any] | None) -> None:
    """Moves a device's name from the path to `g`: access is checked before a handler is called."""
    g.device_name = (path or {}).pop("place", None)


def device_by_key(group: Group) -> Sender:
    """The device whose API key the request carries. At most 1 read.

    Raises ApiKeyRequired, ApiKeyInvalid, and TooFast.
    """
    return group.access.sender(group.now())


def owned_device(group: Group) -> Device:
    """The device that the path names, for its owner or an admin. At most 2 reads.

    Raises Unauthorized before any read, and DeviceNotFound.
    """
    user = auth.user()
    return owned(group.store().device(_number(group, group.now())), user)


@routes.post("/data")
@endpoint(DataRequest, caller=device_by_key)
def ingest(group: Group, sender: Sender, request: DataRequest) -> Ingested:
    now = group.now()
    first_id = group.ids.first(now)
    readings = _readings(request.data, first_id, millis(now))
    idempotency_key = flask.request.headers.get("Idempotency-Key")
    batch_id = rules.batch_id(sender.id, idempotency_key, request.data, first_id)
    event = events.data_event(sender, batch_id, readings, now)
    group.store().add_readings(sender.id, batch_id, readings, event, now)
    return {
        "success": True,
        "message": "Data ingested successfully",
        "count": len(readings),
        "device_status": "online",
    }


@routes.post("/heartbeat")
@endpoint(HeartbeatRequest, caller=device_by_key)
def heartbeat(group: Group, sender: Sender, request: HeartbeatRequest) -> Heard:
    now = group.now()
    event = events.heartbeat_event(sender, now)
    group.store().add_heartbeat(sender.id, request.metadata, event, now)
    return {
        "success": True,
        "message": "Heartbeat received",
        "server_time": text(now),
        "device": {"id": sender.device_id, "status": "online"},
    }


@routes.post("/")
@endpoint(RegisterRequest, caller=registrant)
def register(group: Group, user: User, request: RegisterRequest) -> tuple[Registered, int]:
    now, store = group.now(), group.store()
    number = None
    for _ in range(ATTEMPTS):
        if store.number_of(request.device_id) is not None:
            raise DeviceIdInUse
        owner = store.owner(user.uid)
        rules.require_room(owner.devices, quota(user))
        number = number or store.next_number()
        device = _device(number, user.uid, request, now)
        api_key = _api_key(device)
        if store.add(device, key_hash(api_key), owner):
            registered = formats.owned_device(device, api_key, now)
            return {"success": True, "message": "Device registered", "data": registered}, 201
    raise Unavailable


@routes.get("/")
@endpoint(caller=auth.user)
def list_devices(group: Group, user: User) -> OwnedDevices:
    devices = group.store().devices_of(None if user.role == ADMIN else user.uid)
    now = group.now()
    listed = [formats.owned_device(device, _shown_key(device, user), now) for device in devices]
    return {"success": True, "data": listed, "count": len(listed)}


@routes.get("/<place>")
@endpoint(caller=owned_device)
def details(group: Group, device: Device) -> Answer[DeviceDetails]:
    now = group.now()
    recent = group.store().recent(device.id, RECENT)
    return data(
        {
            **formats.owned_device(device, _shown_key(device, auth.user()), now),
            "recent_data": [formats.recent_reading(reading) for reading in recent],
            "stats": formats.device_stats(device, now),
        }
    )


@routes.delete("/<place>")
@endpoint(caller=owned_device)
def delete(group: Group, device: Device) -> Done:
    hashed = key_hash(_api_key(device))
    if not any(group.store().delete(device, hashed, group.now()) for _ in range(ATTEMPTS)):
        raise Unavailable
    group.access.forget(device)
    group.statistics.drop_if(lambda number: number == device.id)
    group.histories.drop_if(lambda key: key[0] == device.id)
    return {"success": True, "message": "Device deleted"}


@routes.post("/<place>/key")
@endpoint(caller=owned_device)
def rotate(group: Group, device: Device) -> Rotated:
    old_key = _api_key(device)
    new_key = _api_key(replace(device, key_version=device.key_version + 1))
    group.store().rotate_key(device, key_hash(old_key), key_hash(new_key))
    return {
        "success": True,
        "message": "API key rotated",
        "data": {"id": device.id, "device_id": device.device_id, "api_key": new_key},
    }


@routes.put("/<place>/alerts")
@endpoint(AlertsRequest, caller=owned_device)
def watch(group: Group, device: Device, request: AlertsRequest) -> Watched:
    thresholds = [
        rules.threshold(alert.type, alert.above, alert.below, alert.seconds)
        for alert in request.alerts
    ]
    group.store().watch(device, key_hash(_api_key(device)), thresholds, group.now())
    return {
        "success": True,
        "message": "Alerts updated",
        "data": {"alerts": [formats.threshold(threshold) for threshold in thresholds]},
    }


@routes.get("/<place>/statistics")
@endpoint(caller=auth.user)
def statistics(group: Group, user: User) -> tuple[Answer[Statistics], int, dict[str, str]]:
    now = group.now()
    number = _number(group, now)
    cached = group.statistics.get(number, now, lambda: _counted(group.store(), number, now))
    if cached is None:
        group.statistics.drop(number)  # the device may be registered the next moment
        raise DeviceNotFound
    owned(cached.device, user)
    headers = cache_headers("private", STATISTICS_LIFE, cached.at, now)
    return data(formats.statistics(cached.statistics)), 200, headers


@routes.get("/<place>/data")
@endpoint(HistoryRequest)
def history(group: Group, request: HistoryRequest) -> tuple[list[HistoryRow], int, dict[str, str]]:
    user = auth.user()  # after the query is read: a bad limit answers 422 to anybody
    now, limit = group.now(), request.limit or DEFAULT_HISTORY
    number = _number(group, now)
    key = (number, limit)
    cached = group.histories.get(key, now, lambda: _history(group.store(), number, limit, now))
    if cached is None:
        group.histories.drop(key)  # the device may be registered the next moment
        raise DeviceNotFound
    owned(cached.device, user)
    headers = cache_headers("private", HISTORY_LIFE, cached.at, now)
    return cached.rows, 200, headers


def _device(number: int, owner: str, request: RegisterRequest, now: datetime) -> Device:
    """The device that a request registers."""
    return Device(
        id=number,
        owner=owner,
        key_version=1,
        registered_at=now,
        **request.model_dump() | {"type": request.type or DEFAULT_TYPE},
    )


def _number(group: Group, now: datetime) -> int:
    """The number of the device that the path names. Raises DeviceNotFound."""
    return group.access.number(g.device_name, now)


def _shown_key(device: Device, user: User) -> str | None:
    """A device's key as its owner sees it; an admin who is not the owner sees none."""
    return _api_key(device) if device.owner == user.uid else None


def _api_key(device: Device) -> str:
    """The device's key, derived. Raises SettingError without the secret."""
    return rules.api_key(settings.DEVICE_KEY_SECRET.get(), device.id, device.key_version)


def _readings(rows: Sequence[ReadingRow], first_id: int, arrived: int) -> list[Reading]:
    """The readings of a POST. One without a time is dated at its arrival."""
    return [
        Reading(
            arrived if (ms := row.get("timestamp")) is None else ms,
            first_id + i,
            row["type"],
            row["value"],
        )
        for i, row in enumerate(rows)
    ]


def _counted(store: Store, number: int, now: datetime) -> CachedStatistics | None:
    """The statistics of a device as of now. 1 RPC, 10 reads."""
    device, days = store.device_and_days(number, now)
    return CachedStatistics(now, device, rules.statistics(device, days, now)) if device else None


def _history(store: Store, number: int, limit: int, now: datetime) -> CachedHistory | None:
    """The newest readings of a device as of now. 1 read, and 1 for each POST that holds them."""
    device = store.device(number)
    if device is None:
        return None
    rows = [formats.history_row(reading) for reading in store.recent(number, limit)]
    return CachedHistory(now, device, rows)
