"""The device endpoints, each as its line in the contract reads."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import request

from devices import rules
from devices.access import Access, ApiKeyInvalid
from devices.requests import Alerts, Data, Heartbeat, HistoryQuery, Registration
from devices.shown import api_key, described, row
from devices.shown import event as told
from shared import clock, fields, settings
from shared.app import Endpoints, body, data, query
from shared.auth import ADMIN, caller
from shared.cache import Cache, kept
from shared.envelopes import SuccessEnvelope
from shared.errors import Conflict, ValidationFailed
from shared.ids import fingerprint
from shared.keys import key_hash
from shared.series import packed
from shared.stations import Device, Reading
from shared.timestamps import millis, text

if TYPE_CHECKING:
    from devices.answers import (
        DeviceDetails,
        Done,
        Heard,
        HistoryRow,
        Ingested,
        NewKey,
        OwnedDevices,
        Registered,
        Rotated,
        Statistics,
        Watched,
    )
    from devices.store import Store
    from shared.answers import Answer

STATISTICS_LIFE = timedelta(seconds=60)
HISTORY_LIFE = timedelta(seconds=30)
RECENT = 10  # readings shown with a device's details
DEFAULT_HISTORY = 50


def create_app(
    store: Callable[[], Store], now: clock.Clock = clock.now, lane: int | None = None
) -> Endpoints:
    """The devices group on this store, by this clock."""
    needs = (settings.DEVICE_KEY_SECRET,)
    app = Endpoints("devices", "/api/v1/devices", SuccessEnvelope(), fields.all_errors, needs)
    access = Access(store)
    known: Cache[tuple[datetime, Device | None, Statistics | None]] = Cache(STATISTICS_LIFE)
    histories: Cache[tuple[datetime, Device | None, list[HistoryRow]]] = Cache(HISTORY_LIFE)
    ids = rules.ReadingIds(secrets.randbelow(8) if lane is None else lane)

    @app.post("/data")
    def ingest() -> Ingested:
        moment = now()
        opened = access.by_key(moment)
        asked = body(Data)
        first = ids.first(moment)
        arrived = millis(moment)
        readings = [
            Reading(
                arrived if (ms := sent.get("timestamp")) is None else ms,
                first + i,
                sent["type"],
                sent["value"],
            )
            for i, sent in enumerate(asked.data)
        ]
        batch_id = _batch_id(opened.id, asked, first)
        event = told("device", opened, batch_id, moment, readings)
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
    def heartbeat() -> Heard:
        moment = now()
        opened = access.by_key(moment)
        asked = body(Heartbeat)
        event = told("heartbeat", opened, "", moment, [])
        _for_a_device_that_is_there(lambda: store().heard(opened.id, asked.metadata, event, moment))
        return {
            "success": True,
            "message": "Heartbeat received",
            "server_time": text(moment),
            "device": {"id": opened.device_id, "status": "online"},
        }

    @app.post("/")
    def register() -> tuple[Registered, int]:
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
        key = api_key(device)
        if not store().add(device, key_hash(key)):
            raise _taken()
        return {
            "success": True,
            "message": "Device registered",
            "data": described(device, moment),
        }, 201

    @app.get("/")
    def list_devices() -> OwnedDevices:
        who = caller()
        found = store().devices_of(None if who.claims.get("role") == ADMIN else who.uid)
        return {
            "success": True,
            "data": [described(device, now()) for device in found],
            "count": len(found),
        }

    @app.get("/<place>")
    def details(place: str) -> Answer[DeviceDetails]:
        moment = now()
        number = access.number(place, moment)
        device = access.owned(store().device(number))
        return data(
            {
                **described(device, moment),
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
                    "last_heartbeat": text(device.last_seen) if device.last_seen else None,
                    "uptime": rules.ago(device.last_seen, moment),
                },
            }
        )

    @app.delete("/<place>")
    def delete(place: str) -> Done:
        device = access.owned(store().device(access.number(place, now())))
        store().delete(device, key_hash(api_key(device)))
        access.forget(device)
        known.drop_if(lambda key: key == device.id)
        histories.drop_if(lambda key: key[0] == device.id)
        return {"success": True, "message": "Device deleted"}

    @app.post("/<place>/key")
    def rotate(place: str) -> Rotated:
        device = access.owned(store().device(access.number(place, now())))
        following = replace(device, key_version=device.key_version + 1)
        old, new = api_key(device), api_key(following)
        if not store().rotate_key(device, key_hash(old), key_hash(new)):
            raise Conflict
        shown: NewKey = {"id": device.id, "device_id": device.device_id, "api_key": new}
        return {"success": True, "message": "API key rotated", "data": shown}

    @app.put("/<place>/alerts")
    def watch(place: str) -> Watched:
        device = access.owned(store().device(access.number(place, now())))
        alerts = [rules.alert_rule(rule.model_dump()) for rule in body(Alerts).alerts]
        try:
            store().watch(device, key_hash(api_key(device)), alerts, now())
        except LookupError:
            raise Conflict from None
        return {"success": True, "message": "Alerts updated", "data": {"alerts": alerts}}

    @app.get("/<place>/statistics")
    def statistics(place: str) -> tuple[Answer[Statistics], int, dict[str, str]]:
        moment = now()
        number = access.number(place, moment)

        def count() -> tuple[datetime, Device | None, Statistics | None]:
            device, days = store().device_and_days(number, moment)
            return moment, device, rules.statistics(device, days, moment) if device else None

        made, device, counted = known.get(number, moment, count)
        if device is None:
            known.drop(number)  # it may be registered the next moment
        access.owned(device)
        assert counted is not None
        return data(counted), 200, kept("private", STATISTICS_LIFE, made, moment)

    @app.get("/<place>/data")
    def history(place: str) -> tuple[list[HistoryRow], int, dict[str, str]]:
        moment = now()
        limit = query(HistoryQuery).limit or DEFAULT_HISTORY
        number = access.number(place, moment)

        def read() -> tuple[datetime, Device | None, list[HistoryRow]]:
            return (
                moment,
                store().device(number),
                [row(reading) for reading in store().recent(number, limit)],
            )

        made, device, rows = histories.get((number, limit), moment, read)
        if device is None:
            histories.drop((number, limit))
        access.owned(device)
        return rows, 200, kept("private", HISTORY_LIFE, made, moment)

    return app


def _batch_id(number: int, asked: Data, first: int) -> str:
    """The same for a POST that is sent again: by its Idempotency-Key, else by its content.

    Readings without a time may be equal and yet new: such a POST is one of its own.
    """
    if key := request.headers.get("Idempotency-Key"):
        return fingerprint(str(number), "key", key, length=20)
    if all(row.get("timestamp") is not None for row in asked.data):
        return fingerprint(str(number), "data", packed(asked.data), length=20)
    return fingerprint(str(number), "first", str(first), length=20)


def _for_a_device_that_is_there(commit: Callable[[], None]) -> None:
    """A key may outlive its device by the seconds that it is remembered."""
    try:
        commit()
    except LookupError:
        raise ApiKeyInvalid from None


def _taken() -> ValidationFailed:
    return ValidationFailed({"device_id": ["The device_id has already been taken."]})
