"""Where telemetry is stored, and the topic that it is published to.

    telemetry/{device}                      the account that a phone belongs to: AUTH_MODE=verified
    telemetry/{device}/accel/{time-batch}   the samples of one POST that lie within one hour
    telemetry/{device}/gps/{twenty-minutes} the points of twenty minutes
    telemetry/{device}/newest/{kind}        the head: the newest sample or point

Samples are one JSON text, points a text each (`points.encode`): every number exactly as it was
sent, and nothing that Firestore would index.

A chunk's id is its time and its batch, so that a retry finds its own document. Its field `key` also
has the time of arrival before the batch, so that chunks of equal times sort as they arrived. The
time in both is that of its newest sample; `first` is that of its oldest.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from operator import attrgetter, itemgetter

from shared.base import settings, timestamps
from shared.base.retention import outdated, purge_at
from shared.domain import series
from shared.domain.series import Span, packed, unpacked
from shared.google.clients import TOPIC, Topics
from shared.google.firestore import AlreadyExists, Database, DocumentTooLarge, Filter, WriteResult
from shared.google.values import Document
from shared.google.writes import Write
from shared.web.envelopes import Json
from telemetry import head, points, rules
from telemetry.head import Change, FullDocuments, KnownHeads, Posted, SampleEntry, TimeRange
from telemetry.points import StoredPoint
from telemetry.rules import Batch, Point, Sample

TRACK_BUCKETS = 2  # documents of twenty minutes: the last twenty at least, 200 points at one in 5 s


class Store:
    """The telemetry group's only way to Firestore and Pub/Sub."""

    def __init__(self, database: Database, publisher: Topics) -> None:
        self._database = database
        self._publisher = publisher
        self._known = KnownHeads()
        self._full = FullDocuments()

    def owner(self, device_id: str) -> str | None:
        """The uid of the account that a phone belongs to, or None. 1 RPC, 1 read."""
        document = self._database.get(self._database.path("telemetry", device_id))
        return str(document["owner"]) if document else None

    def claim(self, device_id: str, uid: str, now: datetime) -> str:
        """The owner of a phone: this account, unless another one was first.

        1 RPC and 1 read; for the first account 1 RPC and 1 write more.
        """
        if owner := self.owner(device_id):
            return owner
        path = self._database.path("telemetry", device_id)
        fields: Document = {"device_id": device_id, "owner": uid, "claimed_at": now}
        try:
            self._database.commit(Write.create(path, fields))
        except AlreadyExists:
            return self.owner(device_id) or uid
        return uid

    def add_samples(
        self, device_id: str, batch: Batch, newest: Sample | None, event: Json, now: datetime
    ) -> None:
        """Stores a batch once and publishes its event, however often it is sent.

        `newest`: its newest sample that is not of the future.

        1 RPC and one publish beside it; a write for each hour that the batch touches, and one for
        the head unless a newer sample is known.
        """
        arrival = f"{timestamps.fixed(now)}-{batch.batch_id}"
        purge = purge_at(settings.TELEMETRY_DAYS, now)
        writes = [
            Write.create(
                self._database.path("telemetry", device_id, "accel", chunk.chunk_id),
                {
                    "device_id": device_id,
                    "key": f"{chunk.chunk_id[: series.KEY_LENGTH]}-{arrival}",
                    "first": series.key(chunk.samples[0][0]),
                    "received_at": now,
                    "count": len(chunk.samples),
                    "samples": batch.text if len(batch.chunks) == 1 else packed(chunk.samples),
                    **purge,
                },
            )
            for chunk in batch.chunks
        ]
        last = batch.samples[-1]
        entry = SampleEntry(*newest, arrival) if newest else None
        posted = Posted(entry, None if newest is last else last[0])
        fields = {"device_id": device_id, **purge}
        with (
            self._publisher.publish(TOPIC, event, kind="accel"),
            suppress(AlreadyExists),  # a retry: what is stored stays
        ):
            self._commit(self._head_path(device_id, "accel"), fields, posted, *writes)

    def add_point(
        self, device_id: str, point: Point, point_id: str, event: Json, now: datetime
    ) -> None:
        """Stores a point once and publishes its event. 1 RPC and one publish, 1 or 2 writes.

        Points that do not fit the document of their twenty minutes go to documents beside it. If
        the document that turns out to be full is not yet known to be, that takes an RPC more.
        """
        is_ahead = point.ms > series.horizon(now)
        posted = Posted(None, point.ms) if is_ahead else Posted(point, None)
        fields = {"device_id": device_id, **purge_at(settings.TELEMETRY_DAYS, now)}
        with self._publisher.publish(TOPIC, event, kind="gps"):
            for key in rules.overflow(rules.bucket(point.ms), point_id):
                path = self._database.path("telemetry", device_id, "gps", key)
                if path in self._full:
                    continue
                try:
                    self._add_to(path, key, fields, point, posted)
                except DocumentTooLarge:
                    self._full.add(path)
                else:
                    return
            raise DocumentTooLarge

    def _add_to(self, path: str, key: str, fields: Document, point: Point, posted: Posted) -> None:
        """Adds a point to a document, which is noted if it is full then. Raises DocumentTooLarge.

        A document's `size` counts what is sent again too.
        """
        text = points.encode(point)
        write = Write.set(
            path,
            {**fields, "key": key},
            merge=True,
            array_union={"points": [text]},
            increment={"size": len(text) + 1},
            delete_fields=outdated(fields),
        )
        is_beside = len(key) > series.KEY_LENGTH
        marks = {"bucket": rules.BUCKET, **({"overfull": True} if is_beside else {})}
        head_path = self._head_path(fields["device_id"], "gps")
        results = self._commit(head_path, fields | marks, posted, write, required=is_beside)
        if results and results[0][-1] >= rules.FULL:
            self._full.add(path)

    def _commit(
        self, path: str, fields: Document, posted: Posted, *writes: Write, required: bool = False
    ) -> list[WriteResult]:
        """Commits the data and its head together, and notes the head's time range.

        1 RPC; a head with too many entries takes one more, which leaves one.
        """
        change = head.change(posted, self._known.get(path), required=required)
        if change is None:
            return self._database.commit(*writes)
        results = self._database.commit(*writes, _head_write(path, fields, change))
        if results and "newest_ms" in change.maximum:
            *others, newest_ms, oldest_ms = results[-1]
            self._known.add(path, TimeRange(oldest_ms, newest_ms))
            if change.adds and others[1] >= head.MOST_ENTRIES:
                self._database.commit(_head_write(path, fields, change.alone(newest_ms)))
        return results

    def latest_sample(self, device_id: str, now: datetime) -> Sample | None:
        """The newest sample by its own time, of those whose time has come. 1 RPC, 1 read.

        2 RPCs and a few reads after a late batch or one of the future, and where there is no head:
        nothing was sent yet, or only before heads were kept.
        """
        document = self._database.get(self._head_path(device_id, "accel"))
        is_ahead = document is not None and head.is_ahead(document, series.horizon(now))
        entry = head.latest(document or {}, SampleEntry, later=attrgetter("arrival"))
        found: list[Sample] = [(entry.ms, entry.x, entry.y, entry.z)] if entry else []
        if found and not is_ahead:
            return found[0]
        if not is_ahead:
            found = self.samples(device_id, Span(1))
        until = Span(1, end=now + series.AHEAD)
        if is_ahead or (found and not until.holds(found[0][0])):
            found += self.samples(device_id, until)
        newest = series.newest(found, until, rules.time_of)
        return newest[0] if newest else None

    def latest_point(self, device_id: str, now: datetime) -> Point | None:
        """The newest point by its own time, of those whose time has come. 1 RPC, 1 read.

        2 RPCs and a few reads after a late point or one of the future, and where there is no head.
        """
        document = self._database.get(self._head_path(device_id, "gps"))
        if document is None or head.is_ahead(document, series.horizon(now)):
            until = Span(1, end=now + series.AHEAD)
            return _newest_point(self.points(device_id, until, now))
        if entry := head.latest(document, Point):
            return entry
        newest = timestamps.from_millis(document["newest_ms"])
        return _newest_point(self.points(device_id, Span(1), newest))

    def is_known(self, device_id: str, kind: str) -> bool:
        """Whether anything of a kind is stored. 1 RPC, 1 read; 2 RPCs where there is no head."""
        head_path = self._head_path(device_id, kind)
        return bool(self._database.get(head_path) or self._page(device_id, kind, [], 1))

    def samples(self, device_id: str, span: Span) -> list[Sample]:
        """The newest samples of a span, oldest first. A read for each batch that holds them."""
        bounds: list[Filter] = []
        if span.start:
            bounds.append(("key", ">=", timestamps.fixed(span.start)))
        if span.end:
            last = span.end + timedelta(milliseconds=rules.OVERLAP)
            bounds.append(("key", "<", series.end_of_hour(last)))
            bounds.append(("first", "<=", timestamps.fixed(span.end)))
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
        if document is None or head.is_ahead(document):
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
        return self._pages(device_id, "gps", bounds, first=min(6, span.limit + 1))

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
            bounds = [*(bound for bound in bounds if bound[:2] != ("key", "<")), below]

    def _page(self, device_id: str, kind: str, bounds: list[Filter], size: int) -> list[Document]:
        return self._database.query(
            self._database.path("telemetry", device_id),
            kind,
            where=bounds,
            order_by="key",
            descending=True,
            limit=size,
        )


def _head_write(path: str, fields: Document, change: Change) -> Write:
    if change.replaces:
        fields = {**fields, "latest": change.entries, "entries": len(change.entries)}
    return Write.set(
        path,
        fields,
        merge=True,
        array_union={"latest": change.entries} if change.adds else None,
        increment={"entries": 1} if change.adds else None,
        maximum=change.maximum,
        minimum={"oldest_ms": change.oldest_ms},
        delete_fields=outdated(fields),
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
    """The points of these documents, as nearly in the order of their arrival as is known."""
    ordered = sorted(documents, key=itemgetter("key"))  # a document before those beside it
    stored = points.decode([text for document in ordered for text in document["points"]])
    if any(len(document["key"]) > series.KEY_LENGTH for document in documents):
        return list(dict.fromkeys(stored))  # a retry may have gone to another document
    return stored


def _newest_point(stored: list[StoredPoint]) -> Point | None:
    newest = series.newest(stored, Span(1), rules.time_of)
    return points.point(newest[-1]) if newest else None
