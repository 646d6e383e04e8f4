"""The benchmark measures what it claims: the floor sends our requests, a refusal is an error."""

import os
import struct
from collections.abc import Iterator
from unittest import mock

import pytest
from google.cloud.firestore_v1 import types

from benchmarks import bursts, listening
from benchmarks.bursts import Burst
from benchmarks.calls import Calls
from benchmarks.capture import FLOORS, OURS, RECORDED
from benchmarks.wire import get, post
from benchmarks.world import World, world
from shared.domain.series import Span
from telemetry.store import Store


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    with mock.patch.dict(os.environ), world(commits=10) as running:
        yield running


pytestmark = pytest.mark.emulator


def frames(request: bytes) -> list[tuple[bytes, bytes]]:
    """The requests to Google that a request to the floor carries."""
    _, _, body = request.partition(b"\r\n\r\n")
    requests, at = [], 0
    while at < len(body):
        kind, length = struct.unpack_from(">cI", body, at)
        requests.append((kind, body[at + 5 : at + 5 + length]))
        at += 5 + length
    return requests


def test_ours_and_the_floor_write_the_same_and_both_are_timed(here: World) -> None:
    calls = Calls(here)
    ours, ready = calls.accel(5)
    subject, floor = Burst(here.ours("telemetry"), ours), Burst(here.floor(), ready)
    bursts.run([subject, floor], cycles=2)
    assert len(subject.seconds) == len(floor.seconds) == 2
    assert min(subject.seconds + floor.seconds) > 0
    for project in (OURS, FLOORS):
        store = Store(here.database(project), here.publisher(project))
        stored = [store.samples(device, Span(1000)) for device in calls.devices[:40]]
        assert sum(len(samples) for samples in stored) == 5 * 2 * bursts.REQUESTS


def test_the_floor_gets_our_commit_and_our_event_ready_made(here: World) -> None:
    (request,) = Calls(here).accel(5)[1](1)
    (publish, event), (commit, payload) = frames(request)
    assert (publish, commit) == (b"P", b"C")
    assert b'"kind":"accel"' in event
    written = types.CommitRequest.deserialize(payload).writes
    assert [write.update.name.split("/")[7] for write in written] == ["accel", "newest"]
    assert RECORDED.encode() not in request


def test_the_floor_writes_a_small_document_for_each_request(here: World) -> None:
    small = Burst(here.floor(), Calls(here).small_commits())
    small.run(2)
    assert len(small.all) == 2


def test_listeners_of_the_official_client_hear_every_way_after_calls_were_recorded(
    here: World,
) -> None:
    Calls(here).accel(5)[1](2)
    heard = listening.measure(here, rounds=1)
    assert set(heard) == {listening.RAW, *listening.FLOORS}
    assert all(len(way.seconds) == 1 and way.seconds[0] > 0 for way in heard.values())


def test_a_refusal_is_not_measured_as_speed(here: World) -> None:
    refused = Burst(here.ours("telemetry"), lambda count: [post("/accel", b"{}")] * count)
    with pytest.raises(RuntimeError, match="missing_field"):
        refused.run(1)


def test_the_client_reads_an_answer_of_any_length(here: World) -> None:
    with here.ours("telemetry").line() as line:
        for number in range(200):
            line.send(post("/gps", b'{"device_id":"long","lat":%d.5,"lng":1}' % (number % 90)))
        answer = line.send(get("/gps/history?device_id=long"))
    assert answer.status == 200
    assert answer.body.endswith(b"]}}")
