"""Where devices are kept.

devices/{number}                    the device, its totals, when it was last heard
devices/{number}/readings/{chunk}   the readings of one POST
devices/{number}/days/{day}         readings and arrivals by minute
device_ids/{device_id}              the number of a device
keys/{hash}                         the number that an API key opens
counters/devices                    the last number given
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from devices import rules
from shared import directory, series, stations, timestamps
from shared.alerts import cleared
from shared.clients import Topics
from shared.days import Day, day_and_minute, from_document
from shared.documents import (
    AlreadyExists,
    Changed,
    Database,
    Refused,
    create,
    merge,
    remove,
    replace,
)
from shared.envelopes import Json
from shared.stations import Device, Reading

TOPIC = "telemetry"
MOST_OF_ONE_OWNER = 1_000


@dataclass(frozen=True, slots=True)
class Opened:
    """What an API key opens: a device, and who may see what it sends."""

    id: int
    device_id: str
    owner: str
    public: bool
    alerts: list[dict[str, Any]] = field(default_factory=list)


class Store:
    """The devices group's only way to Firestore and Pub/Sub."""

    def __init__(self, database: Database, publisher: Topics) -> None:
        self._database = database
        self._publisher = publisher

    def next_number(self) -> int:
        """A number that no device has had. 1 RPC, 1 write."""
        return self._database.count_up(self._database.name("counters", "devices"), "last")

    def add(self, device: Device, key_hash: str) -> bool:
        """Registers a device; False where its device_id is taken. 1 RPC, 4 writes."""
        name = self._database.name
        listed = [directory.listed(self._database, device)] if device.public else []
        writes = (
            create(name("device_ids", device.device_id), {"id": device.id}),
            create(name("devices", str(device.id)), stations.fields(device)),
            create(name("keys", key_hash), _opens(device)),
        )
        try:
            try:
                self._database.commit(*writes, *listed)
            except Refused:  # the public directory is full: the device works without it
                self._database.commit(*writes)
        except AlreadyExists:
            return False
        return True

    def number_of(self, device_id: str) -> int | None:
        """The number of a device by its own name for itself. 1 RPC, 1 read."""
        return stations.number_of(self._database, device_id)

    def device(self, number: int) -> Device | None:
        """One device. 1 RPC, 1 read."""
        found = self._database.get(self._name(number))
        return stations.device(found) if found else None

    def devices_of(self, owner: str | None) -> list[Device]:
        """The devices of one owner, or all of them. 1 RPC, a read each."""
        found = self._database.query(
            self._database.name(),
            "devices",
            where=[("owner", "==", owner)] if owner else (),
            order_by="id",
            limit=MOST_OF_ONE_OWNER,
        )
        return [stations.device(fields) for fields in found]

    def rotate_key(self, device: Device, old_hash: str, new_hash: str) -> bool:
        """Puts a new key in the place of the old one; False where somebody else just did.

        2 RPCs, 1 read, 3 writes.
        """
        old = self._database.name("keys", old_hash)
        opens, version = self._database.get_with_version(old)
        if opens is None:
            return False
        try:
            self._database.commit(
                create(self._database.name("keys", new_hash), opens),
                remove(old, version),
                merge(
                    self._name(device.id), {"key_version": device.key_version + 1}, must_exist=True
                ),
            )
        except Changed:
            return False
        return True

    def watch(
        self, device: Device, key_hash: str, alerts: Sequence[Mapping[str, Any]], now: datetime
    ) -> None:
        """Sets what an owner watches for; a POST knows it by its key. Ends what is not watched.

        2 RPCs, 1 read, 3 writes or more. Raises Changed where something changed meanwhile.
        """
        key = self._database.name("keys", key_hash)
        place = self._database.name("watches", str(device.id))
        states, version = self._database.get_with_version(place)
        kept = {rule["rule"] for rule in alerts}
        ended = {name: state for name, state in (states or {}).items() if name not in kept}
        raised = {name: state for name, state in ended.items() if state["is_raised"]}
        rest = {"since_ms": None, "is_raised": False}  # what was seen stays seen
        after = {**(states or {}), **{name: {**state, **rest} for name, state in ended.items()}}
        self._database.commit(
            merge(self._name(device.id), {"alerts": alerts}, must_exist=True),
            merge(key, {"alerts": alerts}, must_exist=True),
            *([replace(place, after, version)] if ended else []),
            *(
                cleared(
                    self._database, device.id, name, timestamps.from_millis(state["since_ms"]), now
                )
                for name, state in raised.items()
            ),
        )

    def delete(self, device: Device, key_hash: str) -> None:
        """Ends a device: its key opens nothing, its number finds nothing. 1 RPC, 6 writes."""
        self._database.commit(
            remove(self._database.name("keys", key_hash)),
            remove(self._database.name("device_ids", device.device_id)),
            remove(self._name(device.id)),
            remove(self._database.name("live", device.device_id)),
            remove(self._database.name("watches", str(device.id))),
            directory.unlisted(self._database, device.id),
        )

    def opened_by(self, key_hash: str) -> Opened | None:
        """What a key opens, or None. 1 RPC, 1 read."""
        found = self._database.get(self._database.name("keys", key_hash))
        return Opened(**found) if found else None

    def add_readings(
        self, number: int, batch_id: str, readings: Sequence[Reading], event: Json, now: datetime
    ) -> None:
        """Keeps a POST's readings and counts them, once however often it is sent.

        1 RPC and one publish beside it; 3 writes and one for each further day. Raises Changed
        where the device is gone.
        """
        sums, extremes = rules.totals(readings)
        highest = {field: value for field, value in extremes.items() if field.endswith(".max")}
        lowest = {field: value for field, value in extremes.items() if field.endswith(".min")}
        newest = max(reading.ms for reading in readings)
        chunk = {
            "key": f"{series.key(newest)}-{timestamps.fixed(now)}-{batch_id}",
            "first_id": readings[0].reading_id,
            "received_at": now,
            "ahead": newest > rules.last_moment(now),
            "readings": series.packed([*map(tuple, readings)]),
        }
        path = ("devices", str(number), "readings", batch_id)
        self._commit_and_tell(
            number,
            [create(self._database.name(*path), chunk)],
            {},
            event,
            now,
            rules.minutes(readings, now),
            add=sums,
            at_least=highest,
            at_most=lowest,
        )

    def heard(self, number: int, health: Json | None, event: Json, now: datetime) -> None:
        """Notes a heartbeat. 1 RPC and one publish beside it, 2 writes. Raises Changed."""
        fields = {"health": to_json(health).decode()} if health else {}
        self._commit_and_tell(number, [], fields, event, now, {}, at_least={})

    def _commit_and_tell(
        self,
        number: int,
        writes: list[Any],
        fields: dict[str, Any],
        event: Json,
        now: datetime,
        minutes: dict[int, dict[str, int]],
        *,
        at_least: Mapping[str, float],
        **transforms: Any,
    ) -> None:
        """One commit of what came, of the device that it came from and of its days."""
        today, minute = day_and_minute(now)
        at_least = {**at_least, "seen_ms": timestamps.millis(now)}
        device = merge(self._name(number), fields, at_least=at_least, must_exist=True, **transforms)
        days = [
            merge(
                self._day(number, day),
                {"day": day},
                add={f"minutes.{name}": count for name, count in minutes.get(day, {}).items()},
                union={"active": [minute]} if day == today else None,
            )
            for day in sorted({today, *minutes})
        ]
        with (
            self._publisher.publish(TOPIC, event, kind=str(event["kind"])),
            suppress(AlreadyExists),  # sent again: what is stored and counted stays
        ):
            self._database.commit(*writes, device, *days)

    def device_and_days(self, number: int, now: datetime) -> tuple[Device | None, list[Day]]:
        """A device with the counters of its last week. 1 RPC, 10 reads."""
        numbers = rules.days_of_a_week(now)
        names = [self._name(number), *(self._day(number, day) for day in numbers)]
        found, *days = self._database.get_all(names)
        counters = [from_document(day) for day in days if day]
        return stations.device(found) if found else None, counters

    def recent(self, number: int, limit: int) -> list[Reading]:
        """The newest readings, the newest first. A read for each POST that holds them."""
        return stations.recent(self._database, number, limit)

    def _name(self, number: int) -> str:
        return self._database.name("devices", str(number))

    def _day(self, number: int, day: int) -> str:
        return self._database.name("devices", str(number), "days", str(day))


def _opens(device: Device) -> dict[str, Any]:
    return asdict(Opened(device.id, device.device_id, device.owner, device.public, device.alerts))
