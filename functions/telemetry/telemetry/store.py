"""Where telemetry is kept, and how it is told.

    telemetry/{device}/accel/{time-batch}   the samples of one POST that lie within one hour
    telemetry/{device}/gps/{twenty-minutes} the points of twenty minutes
    telemetry/{device}/newest/{kind}        the newest sample or point, for who asks for no more

Samples are one JSON text, points a text each (`rules.kept`): every number as exact as it came, and
nothing that an index would be made of.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from shared import heads, series, timestamps
from shared.clients import Topics
from shared.documents import AlreadyExists, Database, Filter, Plain, Refused, create, merge
from shared.envelopes import Json
from shared.series import Span, packed, unpacked
from telemetry import rules
from telemetry.rules import Batch, Kept, Point, Sample

TOPIC = "telemetry"
TRACK = 2  # documents of twenty minutes: the last twenty at least, 200 points at one in 5 s


class Store:
    """The telemetry group's only way to Firestore and Pub/Sub."""

    def __init__(self, database: Database, publisher: Topics) -> None:
        self._database = database
        self._publisher = publisher
        self._known = heads.Known()

    def add_samples(self, device_id: str, batch: Batch, event: Json, now: datetime) -> None:
        """Keeps a batch once and tells about it, however often it is sent.

        1 RPC and one publish beside it, a write for each hour that the batch touches and one for
        the head, where nothing newer is known: 1 or 2.
        """
        arrival = f"{timestamps.fixed(now)}-{batch.batch_id}"
        parts = list(rules.chunks(batch.samples, batch.batch_id))
        writes = [
            create(
                self._database.name("telemetry", device_id, "accel", chunk.chunk_id),
                {
                    "device_id": device_id,
                    "key": f"{chunk.chunk_id[:24]}-{arrival}",
                    "received_at": now,
                    "count": len(chunk.samples),
                    "samples": batch.text if len(parts) == 1 else packed(chunk.samples),
                },
            )
            for chunk in parts
        ]
        newest = (*batch.newest, arrival)
        with (
            self._publisher.publish(TOPIC, event, kind="accel"),
            suppress(AlreadyExists),  # sent again: what is stored stays
        ):
            self._commit("accel", device_id, newest, *writes)

    def add_point(self, device_id: str, point: Point, event: Json) -> None:
        """Keeps a point once and tells about it. 1 RPC and one publish beside it, 1 or 2 writes.

        Where twenty minutes hold more than a document can, the rest goes to documents beside it.
        """
        bucket = rules.bucket(point.ms)
        with self._publisher.publish(TOPIC, event, kind="gps"):
            try:
                self._commit("gps", device_id, point, self._point(device_id, bucket, point))
            except Refused:
                beside = f"{bucket}-{rules.batch_id(device_id, packed(point))[:2]}"
                written = self._point(device_id, beside, point)
                self._commit("gps", device_id, point, written, overfull=True)

    def _commit(
        self,
        kind: str,
        device_id: str,
        newest: tuple[Any, ...],
        *writes: Any,
        overfull: bool = False,
    ) -> None:
        """One commit of what came and of the head, from which this instance learns."""
        name = self._head(device_id, kind)
        fields: Plain = {"device_id": device_id}
        if kind == "gps":
            fields["bucket"] = rules.BUCKET
        if overfull:
            fields["overfull"] = True
        update = heads.update(name, newest, self._known.of(name), fields, must=overfull)
        results = self._database.commit(*writes, *update)
        if update and results:
            self._known.saw(name, heads.reach(results[-1]))

    def _point(self, device_id: str, key: str, point: Point) -> Any:
        return merge(
            self._database.name("telemetry", device_id, "gps", key),
            {"device_id": device_id, "key": key},
            union={"points": [rules.kept(point)]},
        )

    def latest_sample(self, device_id: str) -> Sample | None:
        """The newest sample by its own time. 1 RPC, 1 read; more where a late batch hid it.

        Also 2 RPCs where there is no head: nothing yet, or something from a time without heads.
        """
        head = self._database.get(self._head(device_id, "accel"))
        if head and (entry := heads.latest(head, later=itemgetter(-1))):
            return Sample(*entry[:-1])
        return series.latest(self.samples(device_id, Span(1)))

    def latest_point(self, device_id: str) -> Point | None:
        """The newest point by its own time. 1 RPC, 1 read; more where a late point hid it."""
        head = self._database.get(self._head(device_id, "gps"))
        if head is None:  # nothing yet, or something from a time without heads
            return _newest_point(_points(self._page(device_id, "gps", [], 2)))
        if entry := heads.latest(head):
            return Point(*entry)
        moment = timestamps.from_millis(head["newest_ms"])
        return _newest_point(self.points(device_id, Span(1), moment))

    def samples(self, device_id: str, span: Span) -> list[Sample]:
        """The newest samples of a span, oldest first. A read for each batch that holds them."""
        bounds: list[Filter] = []
        if span.start:
            bounds.append(("key", ">=", timestamps.fixed(span.start)))
        if span.end:
            last = span.end + timedelta(milliseconds=rules.BEFORE)
            bounds.append(("key", "<", series.end_of_hour(last)))
        pages = self._pages(device_id, "accel", bounds, first=4)
        return series.newest_of_pages(pages, _samples, span, _newest_in_chunk, series.measured_at)

    def points(self, device_id: str, span: Span, now: datetime) -> list[Kept]:
        """The newest points of a span, oldest first. A read for each twenty minutes of them.

        1 RPC and 3 reads for the last twenty minutes of a track that goes on, or has a known end.
        """
        pages = (
            self._track(device_id, span, now) if span.end is None else self._range(device_id, span)
        )
        return series.newest_of_pages(pages, _points, span, _before_bucket, rules.time_of)

    def _track(self, device_id: str, span: Span, now: datetime) -> Iterator[list[Plain]]:
        """The newest documents by their names, then what is older, as long as there is more."""
        name = self._head(device_id, "gps")
        known = self._known.of(name)
        guess = rules.first_guess(timestamps.millis(now), known.newest if known else None)
        keys = rules.buckets(guess, TRACK)
        head, *found = self._database.get_all([name, *self._buckets(device_id, keys)])
        if head is None:
            yield from self._range(device_id, span)
            return
        reach = heads.reach_of(head)
        self._known.saw(name, reach)
        if not keys[-1] <= rules.bucket(reach.newest) <= keys[0]:
            keys = rules.buckets(reach.newest, TRACK)
            found = self._database.get_all(self._buckets(device_id, keys))
        # Where buckets were shorter once, those that nobody names are found by a query.
        if "overfull" in head or head.get("bucket") != rules.BUCKET:
            yield from self._range(device_id, span)
            return
        yield [document for document in found if document]
        if rules.bucket(reach.oldest) < keys[-1]:
            yield from self._range(device_id, span, below=keys[-1])

    def _range(self, device_id: str, span: Span, below: str = "") -> Iterator[list[Plain]]:
        """The documents of a span, the newest first, as a query finds them."""
        bounds: list[Filter] = []
        if span.start:
            bounds.append(("key", ">=", rules.bucket(timestamps.millis(span.start))))
        if span.end:
            below = rules.bucket(timestamps.millis(span.end) + rules.BUCKET)
        if below:
            bounds.append(("key", "<", below))
        return self._pages(device_id, "gps", bounds, first=6)

    def _head(self, device_id: str, kind: str) -> str:
        return self._database.name("telemetry", device_id, "newest", kind)

    def _buckets(self, device_id: str, keys: Sequence[str]) -> list[str]:
        return [self._database.name("telemetry", device_id, "gps", key) for key in keys]

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
    return [Sample(*row) for document in ordered for row in unpacked(document["samples"])]


def _points(documents: list[Plain]) -> list[Kept]:
    """The points of these documents, in each in the order of their arrival."""
    texts = (
        text if text[0] != "[" else rules.kept(Point(*unpacked(text)))  # as they once were stored
        for document in documents
        for text in document["points"]
    )
    return rules.track(list(texts))


def _newest_point(found: list[Kept]) -> Point | None:
    newest = series.newest(found, Span(1), rules.time_of)
    return rules.point(newest[-1]) if newest else None
