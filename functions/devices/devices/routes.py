"""The device endpoints, each as its line in the contract reads."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal, NotRequired

from flask import request
from pydantic import Field, model_validator
from typing_extensions import TypedDict

from devices import rules
from devices.access import ADMIN, Access, ApiKeyInvalid
from shared import clock, fields, series, settings
from shared.app import Endpoints, body, data, query
from shared.auth import caller
from shared.cache import Cache
from shared.envelopes import Json, SuccessEnvelope
from shared.errors import Conflict, ValidationFailed
from shared.fields import (
    Fields,
    Number,
    OptionalText,
    OptionalTime,
    OptionalWhole,
    ReadingValue,
    SmallObject,
    Text,
    at_most,
    within,
)
from shared.ids import fingerprint
from shared.stations import Device, Reading
from shared.timestamps import millis, text

if TYPE_CHECKING:
    from devices.store import Opened, Store

STATISTICS_LIFE = timedelta(seconds=60)
HISTORY_LIFE = timedelta(seconds=30)
RECENT = 10  # readings shown with a device's details
MOST_ALERTS = 20
DEFAULT_HISTORY, MOST_HISTORY = 50, 500
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class ReadingRow(TypedDict):
    type: Literal[
        "gempa", "vibration", "acceleration", "frequency", "temperature", "humidity", "pressure",
        "custom",
    ]  # fmt: skip
    value: ReadingValue
    timestamp: NotRequired[OptionalTime]


class Data(Fields):
    data: Annotated[list[ReadingRow], Field(min_length=1, max_length=fields.MOST_ITEMS)]


class Registration(Fields):
    device_id: Text
    name: Text
    type: OptionalText = None
    firmware_version: OptionalText = None
    metadata: SmallObject = Field(default_factory=dict)
    capabilities: Annotated[list[Text], Field(max_length=50)] = Field(default_factory=list)
    public: bool = True


class Heartbeat(Fields):
    metadata: SmallObject = Field(default_factory=dict)


class AlertRule(Fields):
    type: Literal[
        "gempa", "vibration", "acceleration", "frequency", "temperature", "humidity", "pressure",
        "custom",
    ]  # fmt: skip
    above: Number | None = None
    below: Number | None = None
    seconds: Annotated[Number, within(0, 86_400)] = 0

    @model_validator(mode="after")
    def one_side(self) -> AlertRule:
        if (self.above is None) == (self.below is None):
            raise ValueError("must have either above or below")
        return self


class Alerts(Fields):
    alerts: Annotated[list[AlertRule], Field(max_length=MOST_ALERTS)]


class HistoryQuery(Fields):
    limit: Annotated[OptionalWhole, at_most(MOST_HISTORY)] = None


def create_app(
    store: Callable[[], Store], now: clock.Clock = clock.now, lane: int | None = None
) -> Endpoints:
    """The devices group on this store, by this clock."""
    app = Endpoints("devices", "/api/v1/devices", SuccessEnvelope(), fields.all_errors)
    access = Access(store)
    known: Cache[tuple[datetime, Device | None, Json]] = Cache(STATISTICS_LIFE)
    histories: Cache[tuple[datetime, Device | None, list[Json]]] = Cache(HISTORY_LIFE)
    ids = rules.ReadingIds(secrets.randbelow(8) if lane is None else lane)

    @app.post("/data")
    def ingest() -> Json:
        moment = now()
        opened = access.by_key(moment)
        asked = body(Data)
        first = ids.first(moment)
        readings = [
            Reading(millis(row.get("timestamp") or moment), first + i, row["type"], row["value"])
            for i, row in enumerate(asked.data)
        ]
        batch_id = _batch_id(opened.id, asked, first)
        event = _event("device", opened, batch_id, moment, readings)
        _for_a_device_that_is_there(
            lambda: store().add_readings(opened.id, batch_id, readings, event, moment)
        )
        return {
            "success": True,
            "message": "Data ingested successfully",
            "count": len(readings),
            "device_status": "online",
        }

    @app.post("/heartbeat")
    def heartbeat() -> Json:
        moment = now()
        opened = access.by_key(moment)
        asked = body(Heartbeat)
        event = _event("heartbeat", opened, "", moment, [])
        _for_a_device_that_is_there(lambda: store().heard(opened.id, asked.metadata, event, moment))
        return {
            "success": True,
            "message": "Heartbeat received",
            "server_time": text(moment),
            "device": {"id": opened.device_id, "status": "online"},
        }

    @app.post("/")
    def register() -> tuple[Json, int]:
        who, asked, moment = caller(), body(Registration), now()
        if store().number_of(asked.device_id) is not None:
            raise _taken()
        device = Device(
            id=store().next_number(),
            owner=who.uid,
            key_version=1,
            registered_at=moment,
            **asked.model_dump() | {"type": asked.type or "sensor"},
        )
        key = _key(device)
        if not store().add(device, rules.key_hash(key)):
            raise _taken()
        shown = _described(device, moment) | {"api_key": key}
        return {"success": True, "message": "Device registered", "data": shown}, 201

    @app.get("/")
    def list_devices() -> Json:
        who = caller()
        found = store().devices_of(None if who.claims.get("role") == ADMIN else who.uid)
        return {
            "success": True,
            "data": [_described(device, now()) for device in found],
            "count": len(found),
        }

    @app.get("/<place>")
    def details(place: str) -> Json:
        moment = now()
        number = access.number(place, moment)
        device = access.owned(store().device(number))
        return data(
            {
                **_described(device, moment),
                "recent_data": [
                    {
                        "id": reading.reading_id,
                        "data_type": reading.type,
                        "value": reading.number,
                        "recorded_at": text(reading.recorded_at),
                    }
                    for reading in store().recent(number, RECENT)
                ],
                "stats": {
                    "total_readings": device.totals.get("count", 0),
                    "last_heartbeat": _time(device.last_seen),
                    "uptime": rules.ago(device.last_seen, moment),
                },
            }
        )

    @app.delete("/<place>")
    def delete(place: str) -> Json:
        device = access.owned(store().device(access.number(place, now())))
        store().delete(device, rules.key_hash(_key(device)))
        known.drop(device.id)
        histories.drop(device.id)
        return {"success": True, "message": "Device deleted"}

    @app.post("/<place>/key")
    def rotate(place: str) -> Json:
        device = access.owned(store().device(access.number(place, now())))
        following = replace(device, key_version=device.key_version + 1)
        old, new = _key(device), _key(following)
        if not store().rotate_key(device, rules.key_hash(old), rules.key_hash(new)):
            raise Conflict
        shown = {"id": device.id, "device_id": device.device_id, "api_key": new}
        return {"success": True, "message": "API key rotated", "data": shown}

    @app.put("/<place>/alerts")
    def watch(place: str) -> Json:
        device = access.owned(store().device(access.number(place, now())))
        alerts = [rules.alert_rule(rule.model_dump()) for rule in body(Alerts).alerts]
        try:
            store().watch(device, rules.key_hash(_key(device)), alerts)
        except LookupError:
            raise Conflict from None
        return {"success": True, "message": "Alerts updated", "data": {"alerts": alerts}}

    @app.get("/<place>/statistics")
    def statistics(place: str) -> tuple[Json, int, dict[str, str]]:
        moment = now()
        number = access.number(place, moment)

        def count() -> tuple[datetime, Device | None, Json]:
            device, days = store().device_and_days(number, moment)
            return moment, device, rules.statistics(device, days, moment) if device else {}

        made, device, counted = known.get(number, moment, count)
        access.owned(device)
        return data(counted), 200, _kept(STATISTICS_LIFE, made, moment)

    @app.get("/<place>/data")
    def history(place: str) -> tuple[list[Json], int, dict[str, str]]:
        moment = now()
        limit = query(HistoryQuery).limit or DEFAULT_HISTORY
        number = access.number(place, moment)

        def read() -> tuple[datetime, Device | None, list[Json]]:
            return (
                moment,
                store().device(number),
                [_row(reading) for reading in store().recent(number, limit)],
            )

        made, device, rows = histories.get((number, limit), moment, read)
        access.owned(device)
        return rows, 200, _kept(HISTORY_LIFE, made, moment)

    return app


def _described(device: Device, moment: datetime) -> Json:
    """A device as its owner sees it, in the contract's order; its key is derived, not stored."""
    return {
        "id": device.id,
        "device_id": device.device_id,
        "name": device.name,
        "type": device.type,
        "api_key": _key(device),
        "status": device.status(moment),
        "firmware_version": device.firmware_version,
        "last_heartbeat": _time(device.last_seen),
        "metadata": device.metadata,
        "capabilities": device.capabilities,
    }


def _row(reading: Reading) -> Json:
    """A reading as a row of the history: the number that stands for it, and all that was sent."""
    return {
        "id": reading.reading_id,
        "recorded_at": f"{reading.recorded_at:%d} {MONTHS[reading.recorded_at.month - 1]}"
        f" {reading.recorded_at:%Y %H:%M:%S}",
        "data_type": reading.type,
        "value": reading.number,
        "raw_data": reading.value if isinstance(reading.value, dict) else {},
    }


def _event(
    kind: str, opened: Opened, batch_id: str, moment: datetime, readings: list[Reading]
) -> Json:
    """What is told of an accepted POST."""
    newest = series.latest(readings)
    return {
        "kind": kind,
        "device_id": opened.device_id,
        "id": opened.id,
        "owner": opened.owner,
        "public": opened.public,
        "batch_id": batch_id,
        "watch": opened.alerts,
        "series": rules.watched(opened.alerts, readings, moment),
        "newest": {
            "timestamp": text(newest.recorded_at),
            "type": newest.type,
            "value": newest.value,
        }
        if newest
        else None,
        "count": len(readings),
        "received_at": text(moment),
    }


def _batch_id(number: int, asked: Data, first: int) -> str:
    """The same for a POST that is sent again: by its Idempotency-Key, else by its content.

    Readings without a time may be equal and yet new: such a POST is one of its own.
    """
    if key := request.headers.get("Idempotency-Key"):
        return fingerprint(str(number), "key", key, length=20)
    if all(row.get("timestamp") for row in asked.data):
        return fingerprint(str(number), "data", repr(asked.data), length=20)
    return fingerprint(str(number), "first", str(first), length=20)


def _for_a_device_that_is_there(commit: Callable[[], None]) -> None:
    """A key may outlive its device by the seconds that it is remembered."""
    try:
        commit()
    except LookupError:
        raise ApiKeyInvalid from None


def _taken() -> ValidationFailed:
    return ValidationFailed({"device_id": ["The device_id has already been taken."]})


def _key(device: Device) -> str:
    return rules.api_key(settings.DEVICE_KEY_SECRET.get(), device.id, device.key_version)


def _time(moment: datetime | None) -> str | None:
    return text(moment) if moment else None


def _kept(life: timedelta, made: datetime, moment: datetime) -> dict[str, str]:
    """For caches: how long an answer lasts, and how long it has been kept here already."""
    age = int((moment - made).total_seconds())
    return {"Cache-Control": f"private, max-age={life.seconds}", "Age": str(age)}
