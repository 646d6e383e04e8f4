"""Where telemetry is stored, and the topic that it is published to.

    telemetry/{device}/accel/{time-batch}   the samples of one POST that lie within one hour
    telemetry/{device}/gps/{twenty-minutes} the points of twenty minutes
    telemetry/{device}/newest/{kind}        the head: the newest sample or point

Samples are one JSON text, points a text each (`points.encode`): every number exactly as it was
sent, and nothing that Firestore would index.

A chunk's id is its time and its batch, so that a retry finds its own document. Its field `key` also
has the time of arrival before the batch, so that chunks of equal times sort as they arrived.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from operator import attrgetter

from shared.base import timestamps
from shared.domain import series
from shared.domain.series import Span, packed, unpacked
from shared.google.clients import TOPIC, Topics
from shared.google.firestore import AlreadyExists, Database, DocumentTooLarge, Filter
from shared.google.values import Document
from shared.google.writes import Write
from shared.web.envelopes import Json
from telemetry import head, points, rules
from telemetry.head import KnownHeads, SampleEntry, TimeRange
from telemetry.points import StoredPoint
from telemetry.rules import Batch, Point, Sample

TRACK_BUCKETS = 2  # documents of twenty minutes: the last twenty at least, 200 points at one in 5 s


class Store:
    """The telemetry group's only way to Firestore and Pub/Sub."""

    def __init__(self, database: Database, publisher: Topics) -> None:
        self._database = database
        self._publisher = publisher
        self._known = KnownHeads()

    def add_samples(self, device_id: str, batch: Batch, event: Json, now: datetime) -> None:
        """Stores a batch once and publishes its event, however often it is sent.

        1 RPC and one publish beside it; a write for each hour that the batch touches, and one for
        the head unless a newer sample is known.
        """
        arrival = f"{timestamps.fixed(now)}-{batch.batch_id}"
        chunks = list(rules.chunks(batch.samples, batch.batch_id))
        writes = [
            Write.create(
                self._database.path("telemetry", device_id, "accel", chunk.chunk_id),
                {
                    "device_id": device_id,
                    "key": f"{chunk.chunk_id[: series.KEY_LENGTH]}-{arrival}",
                    "received_at": now,
                    "count": len(chunk.samples),
                    "samples": batch.text if len(chunks) == 1 else packed(chunk.samples),
                },
            )
            for chunk in chunks
        ]
        newest = SampleEntry(*batch.newest, arrival)
        with (
            self._publisher.publish(TOPIC, event, kind="accel"),
            suppress(AlreadyExists),  # a retry: what is stored stays
        ):
            self._commit("accel", device_id, newest, *writes)

    def add_point(self, device_id: str, point: Point, event: Json) -> None:
        """Stores a point once and publishes its event. 1 RPC and one publish, 1 or 2 writes.

        Points that do not fit the document of their twenty minutes go to documents beside it.
        """
        bucket = rules.bucket(point.ms)
        with self._publisher.publish(TOPIC, event, kind="gps"):
            try:
                self._commit("gps", device_id, point, self._add_point(device_id, bucket, point))
            except DocumentTooLarge:
                overflow = f"{bucket}-{rules.point_id(device_id, point)[:2]}"
                write = self._add_point(device_id, overflow, point)
                self._commit("gps", device_id, point, write, overfull=True)

    def _commit(
        self,
        kind: str,
        device_id: str,
        newest: SampleEntry | Point,
        *writes: Write,
        overfull: bool = False,
    ) -> None:
        """Commits the data and the head together, and notes the head's time range."""
        path = self._head_path(device_id, kind)
        change = head.change(newest, self._known.get(path), required=overfull)
        if change is None:
            self._database.commit(*writes)
            return
        fields: Document = {"device_id": device_id}
        if kind == "gps":
            fields["bucket"] = rules.BUCKET
        if overfull:
            fields["overfull"] = True
        results = self._database.commit(*writes, _head_write(path, fields, change))
        if results:
            *_, newest_ms, oldest_ms = results[-1]
            self._known.add(path, TimeRange(oldest_ms, newest_ms))

    def _add_point(self, device_id: str, key: str, point: Point) -> Write:
        return Write.set(
            self._database.path("telemetry", device_id, "gps", key),
            {"device_id": device_id, "key": key},
            merge=True,
            array_union={"points": [points.encode(point)]},
        )

    def latest_sample(self, device_id: str) -> Sample | None:
        """The newest sample by its own time. 1 RPC, 1 read; more after a late batch.

        2 RPCs where there is no head: nothing was sent yet, or only before heads were kept.
        """
        document = self._database.get(self._head_path(device_id, "accel"))
        if document and (entry := head.latest(document, SampleEntry, later=attrgetter("arrival"))):
            return entry.ms, entry.x, entry.y, entry.z
        samples = self.samples(device_id, Span(1))
        return samples[-1] if samples else None

    def latest_point(self, device_id: str) -> Point | None:
        """The newest point by its own time. 1 RPC, 1 read; more after a late point.

        2 RPCs, up to 3 reads where there is no head.
        """
        document = self._database.get(self._head_path(device_id, "gps"))
        if document is None:  # nothing was sent yet, or only before heads were kept
            return _newest_point(_points(self._page(device_id, "gps", [], 2)))
        if entry := head.latest(document, Point):
            return entry
        newest = timestamps.from_millis(document["newest_ms"])
        return _newest_point(self.points(device_id, Span(1), newest))

    def samples(self, device_id: str, span: Span) -> list[Sample]:
        """The newest samples of a span, oldest first. A read for each batch that holds them."""
        bounds: list[Filter] = []
        if span.start:
            bounds.append(("key", ">=", timestamps.fixed(span.start)))
        if span.end:
            last = span.end + timedelta(milliseconds=rules.OVERLAP)
            bounds.append(("key", "<", series.end_of_hour(last)))
        pages = self._pages(device_id, "accel", bounds, first=4)
        return series.newest_of_pages(pages, _samples, span, series.chunk_time, rules.time_of)

    def points(self, device_id: str, span: Span, now: datetime) -> list[StoredPoint]:
        """The newest points of a span, oldest first. A read for each twenty minutes of them.

        Without an end, the last twenty minutes take 1 RPC and 3 reads if the newest point is less
        than twenty minutes old or this instance knows its time, else 2 RPCs and 5 reads. With an
        end, 1 RPC reads up to six documents.
        """
        pages = (
            self._track(device_id, span, now) if span.end is None else self._range(device_id, span)
        )
        return series.newest_of_pages(pages, _points, span, _newest_before_bucket, rules.time_of)

    def _track(self, device_id: str, span: Span, now: datetime) -> Iterator[list[Document]]:
        """The newest documents by their known paths, then older ones while there are any."""
        path = self._head_path(device_id, "gps")
        known = self._known.get(path)
        newest = rules.expected_newest(timestamps.millis(now), known.newest if known else None)
        keys = rules.buckets(newest, TRACK_BUCKETS)
        document, *buckets = self._database.get_all([path, *self._bucket_paths(device_id, keys)])
        if document is None:
            yield from self._range(device_id, span)
            return
        time_range = head.time_range(document)
        self._known.add(path, time_range)
        if not keys[-1] <= rules.bucket(time_range.newest) <= keys[0]:
            keys = rules.buckets(time_range.newest, TRACK_BUCKETS)
            buckets = self._database.get_all(self._bucket_paths(device_id, keys))
        # A query finds documents with other ids: overflow, and the shorter buckets of older data.
        if "overfull" in document or document.get("bucket") != rules.BUCKET:
            yield from self._range(device_id, span)
            return
        yield [bucket for bucket in buckets if bucket]
        if rules.bucket(time_range.oldest) < keys[-1]:
            yield from self._range(device_id, span, below=keys[-1])

    def _range(self, device_id: str, span: Span, below: str = "") -> Iterator[list[Document]]:
        """The documents of a span, newest first, by a query."""
        bounds: list[Filter] = []
        if span.start:
            bounds.append(("key", ">=", rules.bucket(timestamps.millis(span.start))))
        if span.end:
            below = rules.bucket(timestamps.millis(span.end) + rules.BUCKET)
        if below:
            bounds.append(("key", "<", below))
        return self._pages(device_id, "gps", bounds, first=6)

    def _head_path(self, device_id: str, kind: str) -> str:
        return self._database.path("telemetry", device_id, "newest", kind)

    def _bucket_paths(self, device_id: str, keys: Sequence[str]) -> list[str]:
        return [self._database.path("telemetry", device_id, "gps", key) for key in keys]

    def _pages(
        self, device_id: str, kind: str, bounds: list[Filter], first: int
    ) -> Iterator[list[Document]]:
        """Documents, newest first, 1 RPC a page; the last page may be empty."""
        for size in series.page_sizes(first):
            page = self._page(device_id, kind, bounds, size)
            yield page
            if len(page) < size:
                return
            below: Filter = ("key", "<", page[-1]["key"])
            bounds = [*(bound for bound in bounds if bound[1] == ">="), below]

    def _page(self, device_id: str, kind: str, bounds: list[Filter], size: int) -> list[Document]:
        return self._database.query(
            self._database.path("telemetry", device_id),
            kind,
            where=bounds,
            order_by="key",
            descending=True,
            limit=size,
        )


def _head_write(path: str, fields: Document, change: head.Change) -> Write:
    if change.replaces:
        fields = {**fields, "latest": change.entries}
    return Write.set(
        path,
        fields,
        merge=True,
        array_union={"latest": change.entries} if change.entries and not change.replaces else None,
        maximum={"newest_ms": change.ms},
        minimum={"oldest_ms": change.ms},
    )


def _newest_before_bucket(document: Document) -> int:
    """Points of the buckets before this one are not newer; its overflow comes before it."""
    key = document["key"]
    begin = series.key_time(key)
    return begin - 1 if len(key) == series.KEY_LENGTH else begin + rules.BUCKET - 1


def _samples(documents: list[Document]) -> list[Sample]:
    """The samples of these documents, in the order of their arrival."""
    ordered = sorted(documents, key=lambda document: document["key"][series.KEY_LENGTH :])
    return [tuple(row) for document in ordered for row in unpacked(document["samples"])]


def _points(documents: list[Document]) -> list[StoredPoint]:
    """The points of these documents, in each in the order of their arrival."""
    return points.decode([text for document in documents for text in document["points"]])


def _newest_point(stored: list[StoredPoint]) -> Point | None:
    newest = series.newest(stored, Span(1), rules.time_of)
    return points.point(newest[-1]) if newest else None
