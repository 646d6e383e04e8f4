"""Where telemetry is kept, and how it is told.

    telemetry/{device}/accel/{time-batch}   the samples of one POST that lie within one hour
    telemetry/{device}/gps/{five-minutes}   the points of five minutes

Samples and points are JSON texts, as exact as they came: one value for the database, not indexed.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json

from shared import series, timestamps
from shared.documents import AlreadyExists, Database, Filter, Plain, Refused, create, merge
from shared.envelopes import Json
from shared.events import Publisher
from shared.series import Span
from telemetry import rules
from telemetry.rules import Point, Sample

TOPIC = "telemetry"


class Store:
    """The telemetry group's only way to Firestore and Pub/Sub."""

    def __init__(self, database: Database, publisher: Publisher) -> None:
        self._database = database
        self._publisher = publisher

    def add_samples(
        self, device_id: str, batch_id: str, samples: Sequence[Sample], event: Json, now: datetime
    ) -> None:
        """Keeps a batch once and tells about it, however often it is sent.

        1 RPC and one publish beside it, a write for each hour that the batch touches: 1 or 2.
        """
        writes = [
            create(
                self._database.name("telemetry", device_id, "accel", chunk.chunk_id),
                {
                    "device_id": device_id,
                    "key": f"{chunk.chunk_id[:24]}-{timestamps.fixed(now)}-{batch_id}",
                    "received_at": now,
                    "count": len(chunk.samples),
                    "samples": _packed(chunk.samples),
                },
            )
            for chunk in rules.chunks(samples, batch_id)
        ]
        with (
            self._publisher.publish(TOPIC, event, kind="accel"),
            suppress(AlreadyExists),  # sent again: what is stored stays
        ):
            self._database.commit(*writes)

    def add_point(self, device_id: str, point: Point, event: Json) -> None:
        """Keeps a point once and tells about it. 1 RPC and one publish beside it, 1 write.

        Where five minutes hold more than a document can, the rest goes to documents beside it.
        """
        bucket = rules.bucket(point.ms)
        with self._publisher.publish(TOPIC, event, kind="gps"):
            try:
                self._database.commit(self._point(device_id, bucket, point))
            except Refused:
                beside = f"{bucket}-{rules.batch_id(device_id, [point])[:2]}"
                self._database.commit(self._point(device_id, beside, point))

    def _point(self, device_id: str, key: str, point: Point) -> Any:
        return merge(
            self._database.name("telemetry", device_id, "gps", key),
            {"device_id": device_id, "key": key},
            union={"points": [_packed(point)]},
        )

    def latest_sample(self, device_id: str) -> Sample | None:
        """The newest sample by its own time. 1 RPC, 1 read."""
        return series.latest(_samples(self._page(device_id, "accel", [], 1)))

    def latest_point(self, device_id: str) -> Point | None:
        """The newest point by its own time. 1 RPC, 1 read."""
        return series.latest(_points(self._page(device_id, "gps", [], 1)))

    def samples(self, device_id: str, span: Span) -> list[Sample]:
        """The newest samples of a span, oldest first. A read for each batch that holds them."""
        bounds: list[Filter] = []
        if span.start:
            bounds.append(("key", ">=", timestamps.fixed(span.start)))
        if span.end:
            bounds.append(("key", "<", series.end_of_hour(span.end)))
        pages = self._pages(device_id, "accel", bounds, first=4)
        return series.newest_of_pages(pages, _samples, span, _newest_in_chunk)

    def points(self, device_id: str, span: Span) -> list[Point]:
        """The newest points of a span, oldest first. A read for each five minutes of them."""
        bounds: list[Filter] = []
        if span.start:
            bounds.append(("key", ">=", rules.bucket(timestamps.millis(span.start))))
        if span.end:
            bounds.append(("key", "<", rules.bucket(timestamps.millis(span.end) + rules.BUCKET)))
        pages = self._pages(device_id, "gps", bounds, first=6)
        return series.newest_of_pages(pages, _points, span, _before_bucket)

    def _pages(
        self, device_id: str, kind: str, bounds: list[Filter], first: int
    ) -> Iterator[list[Plain]]:
        """Documents, the newest first, 1 RPC a page; the last may be empty."""
        for size in series.page_sizes(first):
            page = self._page(device_id, kind, bounds, size)
            yield page
            if len(page) < size:
                return
            below: Filter = ("key", "<", page[-1]["key"])
            bounds = [*(bound for bound in bounds if bound[1] == ">="), below]

    def _page(self, device_id: str, kind: str, bounds: list[Filter], size: int) -> list[Plain]:
        return self._database.query(
            self._database.name("telemetry", device_id),
            kind,
            where=bounds,
            order_by="key",
            descending=True,
            limit=size,
        )


def _newest_in_chunk(document: Plain) -> int:
    """What is stored before a chunk is not newer than this."""
    return series.key_time(document["key"])


def _before_bucket(document: Plain) -> int:
    """What is stored before a bucket is not newer than this; those beside it come before it."""
    key = document["key"]
    begin = series.key_time(key)
    return begin - 1 if len(key) == series.KEY_LENGTH else begin + rules.BUCKET - 1


def _samples(documents: list[Plain]) -> list[Sample]:
    """The samples of these documents, in the order of their arrival."""
    ordered = sorted(documents, key=lambda document: document["key"][series.KEY_LENGTH :])
    return [Sample(*row) for document in ordered for row in from_json(document["samples"])]


def _points(documents: list[Plain]) -> list[Point]:
    """The points of these documents, in each in the order of their arrival."""
    return [Point(*from_json(text)) for document in documents for text in document["points"]]


def _packed(value: Any) -> str:
    return to_json(value).decode()
