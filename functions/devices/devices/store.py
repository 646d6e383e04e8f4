"""Where devices and their readings are stored.

devices/{number}                    the device, its totals, when it was last heard
devices/{number}/readings/{chunk}   the readings of one POST
devices/{number}/days/{day}         readings and arrivals by minute
device_ids/{device_id}              the number of a device
keys/{hash}                         the device that an API key belongs to
watches/{number}                    the state of each threshold, which the fanout keeps up
owners/{uid}                        how many devices an owner has
live_devices/{number}               the live view of a device, which the fanout keeps up
counters/devices                    the last number of a device
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import to_json

from devices import rules
from devices.errors import ApiKeyInvalid
from devices.rules import Sender, Threshold
from shared.base import settings, timestamps
from shared.base.errors import Conflict
from shared.base.retention import outdated, purge_at
from shared.domain import devices, directory, series
from shared.domain.alerts import OFFLINE, bounded_states, clear_alert
from shared.domain.days import Day, day_and_minute
from shared.domain.devices import Device, Reading
from shared.google.clients import TOPIC, Topics
from shared.google.firestore import AlreadyExists, Database, Filter, PreconditionFailed
from shared.google.values import Document
from shared.google.writes import UpdateTime, Write

MOST_LISTED = 1_000
AT_REST = {"since_ms": None, "is_raised": False}  # of a threshold's state; what was seen stays

Event = Mapping[str, object]


class Owner(NamedTuple):
    """How many devices an owner has, and when that was written; None: it was counted just now."""

    devices: int
    update_time: UpdateTime


class Store:
    """The devices group's only way to Firestore and Pub/Sub."""

    def __init__(self, database: Database, publisher: Topics) -> None:
        self._database = database
        self._publisher = publisher

    def next_number(self) -> int:
        """A number that no device has had. 1 RPC, 1 write."""
        return self._database.increment(self._database.path("counters", "devices"), "last")

    def owner(self, uid: str) -> Owner:
        """How many devices an owner has. 1 RPC, 1 read.

        2 RPCs, and a read for each thousand devices, before the first one is counted.
        """
        document, update_time = self._database.get_with_update_time(self._owner_path(uid))
        if document is not None:
            return Owner(document["devices"], update_time)
        mine: list[Filter] = [("owner", "==", uid)]
        return Owner(self._database.count(self._database.path(), "devices", mine), None)

    def add(self, device: Device, key_hash: str, owner: Owner) -> bool:
        """Registers a device. 1 RPC, 5 writes; a private device 4 writes.

        False if another device has its device_id, or if the owner has others than before.
        """
        path = self._database.path
        writes = [
            Write.create(path("device_ids", device.device_id), {"id": device.id}),
            Write.create(self._device_path(device.id), devices.to_document(device)),
            Write.create(path("keys", key_hash), _sender_document(device)),
            Write.replace(
                self._owner_path(device.owner), {"devices": owner.devices + 1}, owner.update_time
            ),
        ]
        if device.public:
            writes.append(directory.add(self._database, device))
        try:
            self._database.commit(*writes)
        except PreconditionFailed:
            return False
        return True

    def number_of(self, device_id: str) -> int | None:
        """The number of the device with this device_id, or None. 1 RPC, 1 read."""
        return devices.number_of(self._database, device_id)

    def device(self, number: int) -> Device | None:
        """The device with this number, or None. 1 RPC, 1 read."""
        document = self._database.get(self._device_path(number))
        return devices.from_document(document) if document else None

    def devices_of(self, owner: str | None) -> list[Device]:
        """The devices of an owner, or of all owners for None; by number.

        At most MOST_LISTED (1,000). 1 RPC, a read each.
        """
        documents = self._database.query(
            self._database.path(),
            "devices",
            where=[("owner", "==", owner)] if owner else (),
            order_by="id",
            limit=MOST_LISTED,
        )
        return [devices.from_document(document) for document in documents]

    def rotate_key(self, device: Device, old_hash: str, new_hash: str) -> None:
        """Replaces the key of a device. 2 RPCs, 1 read, 3 writes.

        Raises Conflict if another request has rotated the key or deleted the device meanwhile.
        """
        old_path = self._database.path("keys", old_hash)
        sender, update_time = self._database.get_with_update_time(old_path)
        if sender is None:
            raise Conflict
        version = {"key_version": device.key_version + 1}
        try:
            self._database.commit(
                Write.create(self._database.path("keys", new_hash), sender),
                Write.delete(old_path, update_time),
                Write.set(self._device_path(device.id), version, merge=True, must_exist=True),
            )
        except PreconditionFailed:
            raise Conflict from None

    def watch(
        self, device: Device, key_hash: str, thresholds: Sequence[Threshold], now: datetime
    ) -> None:
        """Sets the thresholds of a device, and clears the alerts of thresholds that end with it.

        They are stored with the key too, so that a POST costs no further read. 2 RPCs, 1 read,
        2 writes; if thresholds end, 1 more and 1 for each alert. Raises Conflict if another
        request has changed the key, the device or a threshold's state meanwhile.
        """
        key_path = self._database.path("keys", key_hash)
        states_path = self._database.path("watches", str(device.id))
        document, update_time = self._database.get_with_update_time(states_path)
        states = document or {}
        remaining = {threshold.rule for threshold in thresholds}
        ended = {rule: state for rule, state in states.items() if rule not in remaining}
        at_rest = {rule: {**state, **AT_REST} for rule, state in ended.items()}
        alerts = {"alerts": [threshold._asdict() for threshold in thresholds]}
        writes = [
            Write.set(self._device_path(device.id), alerts, merge=True, must_exist=True),
            Write.set(key_path, alerts, merge=True, must_exist=True),
        ]
        if ended:
            kept = bounded_states({**states, **at_rest}, remaining)
            writes.append(Write.replace(states_path, kept, update_time))
        try:
            self._database.commit(*writes, *self._cleared(device.id, ended, now))
        except PreconditionFailed:
            raise Conflict from None

    def _cleared(self, number: int, states: Mapping[str, Any], now: datetime) -> Iterator[Write]:
        """The writes that clear the raised alerts among these states of thresholds."""
        for rule, state in states.items():
            if state["is_raised"]:
                begin = timestamps.from_millis(state["since_ms"])
                yield clear_alert(self._database, number, rule, begin, now)

    def delete(self, device: Device, key_hash: str, now: datetime) -> bool:
        """Deletes a device with its key, and clears its alerts; its readings stay.

        4 RPCs, 3 reads, up to 7 writes, and 1 for each alert. False if its live view, the states of
        its thresholds or its owner's number of devices changed meanwhile. Raises Conflict if
        another request has deleted it.
        """
        path = self._database.path
        writes = [
            Write.delete(self._device_path(device.id), must_exist=True),
            Write.delete(path("keys", key_hash)),
            Write.delete(path("device_ids", device.device_id)),
            *self._silenced(device.id, now),
            self._one_device_less(device.owner),
        ]
        if device.public:
            writes.append(directory.remove(self._database, device.id))
        try:
            self._database.commit(*writes)
        except PreconditionFailed:
            if self.device(device.id) is None:
                raise Conflict from None
            return False
        return True

    def _silenced(self, number: int, now: datetime) -> Iterator[Write]:
        """The writes that delete a device's live view and states, and clear their alerts.

        2 RPCs, 2 reads. The view and the states must not change until then: each may raise an alert
        with the change.
        """
        path = self._database.path("watches", str(number))
        states, update_time = self._database.get_with_update_time(path)
        yield Write.delete(path, update_time)
        yield from self._cleared(number, states or {}, now)
        path = self._database.path("live_devices", str(number))
        view, update_time = self._database.get_with_update_time(path)
        yield Write.delete(path, update_time)
        if view and view["status"] == "offline":
            yield clear_alert(self._database, number, OFFLINE, view["last_seen"], now)

    def _one_device_less(self, uid: str) -> Write:
        """The write that counts one device less of an owner. Reads as `owner` does.

        It counts also where nothing was counted yet: a registration at the same time counts, too.
        """
        owner, path = self.owner(uid), self._owner_path(uid)
        if owner.update_time is None:
            return Write.create(path, {"devices": owner.devices - 1})
        return Write.set(path, {}, merge=True, must_exist=True, increment={"devices": -1})

    def sender(self, key_hash: str) -> Sender | None:
        """The device that a key belongs to, or None. 1 RPC, 1 read."""
        document = self._database.get(self._database.path("keys", key_hash))
        return Sender(**document) if document else None

    def add_readings(
        self, number: int, batch_id: str, readings: Sequence[Reading], event: Event, now: datetime
    ) -> None:
        """Stores and counts the readings of a POST, once however often it is sent.

        1 RPC and 1 publish at the same time; 3 writes, and 1 for each further day. Raises
        ApiKeyInvalid if the device was deleted, TooManyDays.
        """
        sums, extremes = rules.totals(readings)
        newest = max(reading.ms for reading in readings)
        chunk = {
            "key": f"{series.key(newest)}-{timestamps.fixed(now)}-{batch_id}",
            "first_id": readings[0].reading_id,
            "received_at": now,
            "ahead": newest > series.horizon(now),
            "readings": series.packed([*map(tuple, readings)]),
            **purge_at(settings.READINGS_DAYS, now),
        }
        path = self._database.path("devices", str(number), "readings", batch_id)
        device = Write.set(
            self._device_path(number),
            {},
            merge=True,
            must_exist=True,
            increment=sums,
            maximum={**_ending_in(".max", extremes), "seen_ms": timestamps.millis(now)},
            minimum=_ending_in(".min", extremes),
        )
        days = self._days(number, rules.minutes(readings, now), now)
        self._commit(event, Write.create(path, chunk), device, *days)

    def add_heartbeat(
        self, number: int, health: Document | None, event: Event, now: datetime
    ) -> None:
        """Records a heartbeat. 1 RPC and 1 publish at the same time, 2 writes.

        Raises ApiKeyInvalid if the device was deleted.
        """
        device = Write.set(
            self._device_path(number),
            {"health": to_json(health).decode()} if health else {},
            merge=True,
            must_exist=True,
            maximum={"seen_ms": timestamps.millis(now)},
        )
        self._commit(event, device, *self._days(number, {}, now))

    def _days(
        self, number: int, minutes: Mapping[int, Mapping[str, int]], now: datetime
    ) -> list[Write]:
        """The writes that count a POST in its days: readings by minute, and its arrival today."""
        today, minute = day_and_minute(now)
        return [
            Write.set(
                self._day_path(number, day),
                fields := {"day": day, **purge_at(settings.READINGS_DAYS, now)},
                merge=True,
                delete_fields=outdated(fields),
                increment={
                    f"minutes.{name}": count for name, count in minutes.get(day, {}).items()
                },
                array_union={"active": [minute]} if day == today else None,
            )
            for day in sorted({today, *minutes})
        ]

    def _commit(self, event: Event, *writes: Write) -> None:
        """Commits what a device has sent while its event is published.

        A POST that was stored before is published again and not counted again. Raises
        ApiKeyInvalid if the device was deleted: a key is cached for some seconds longer.
        """
        try:
            with (
                self._publisher.publish(TOPIC, event, kind=str(event["kind"])),
                suppress(AlreadyExists),
            ):
                self._database.commit(*writes)
        except PreconditionFailed:
            raise ApiKeyInvalid from None

    def device_and_days(self, number: int, now: datetime) -> tuple[Device | None, list[Day]]:
        """The device, or None, and the counters of its last week. 1 RPC, 10 reads."""
        days = [self._day_path(number, day) for day in rules.days_of_a_week(now)]
        document, *documents = self._database.get_all([self._device_path(number), *days])
        device = devices.from_document(document) if document else None
        return device, [Day.from_document(each) for each in documents if each]

    def recent(self, number: int, limit: int) -> list[Reading]:
        """The newest readings of a device, newest first. 1 read for each POST that holds them."""
        return devices.recent(self._database, number, limit)

    def _device_path(self, number: int) -> str:
        return self._database.path("devices", str(number))

    def _owner_path(self, uid: str) -> str:
        return self._database.path("owners", uid)

    def _day_path(self, number: int, day: int) -> str:
        return self._database.path("devices", str(number), "days", str(day))


def _sender_document(device: Device) -> Document:
    return asdict(Sender(device.id, device.device_id, device.owner, device.public, device.alerts))


def _ending_in(suffix: str, fields: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in fields.items() if name.endswith(suffix)}
