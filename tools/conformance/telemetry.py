"""Modules 2 and 3 of the course contract: accelerometer and GPS."""

from datetime import datetime, timedelta
from typing import Any

from tools.conformance.lines import (
    Run,
    Section,
    Wrong,
    data_of,
    expect,
    expect_error,
    iso,
    now,
    time_in,
)
from tools.conformance.presence import each_missing

ACCEL, GPS = "telemetry/accel", "telemetry/gps"
TWO_SAMPLES = [{"x": 0.12, "y": 0.01, "z": 9.7}, {"x": 0.15, "y": 0, "z": 9.68}]
POINTS = [(-7.257, 112.7515), (-7.2572, 112.7518), (-7.2575, 112.7521), (-7.258, 112.753)]

accelerometer = Section("Accelerometer")
gps = Section("GPS")
errors = Section("Error codes")


def batch(device: str, moment: datetime, samples: list[dict[str, Any]]) -> dict[str, Any]:
    """A batch whose samples are a second apart and end at this moment."""
    first = moment - timedelta(seconds=len(samples) - 1)
    dated = [
        {"t": iso(first + timedelta(seconds=number)), **sample}
        for number, sample in enumerate(samples)
    ]
    return {"device_id": device, "ts": iso(moment), "samples": dated}


def add_batch(run: Run, device: str, moment: datetime, samples: list[dict[str, Any]]) -> None:
    """A batch that is accepted whole."""
    data = data_of(run.post(ACCEL, batch(device, moment, samples)), run.server)
    expect(data.get("accepted"), len(samples), "accepted")


def expect_latest(run: Run, device: str, moment: datetime, sample: dict[str, Any]) -> None:
    """Raises Wrong unless this is the device's latest sample."""
    data = data_of(run.get(f"{ACCEL}/latest", device_id=device), run.server)
    expect(time_in(data, "t"), moment, "t")
    for name, value in sample.items():
        expect(data.get(name), value, name)


@accelerometer.must("a batch is accepted, and `accepted` counts its samples")
def batches(run: Run) -> None:
    device = run.new("device")
    add_batch(run, device, now() - timedelta(seconds=10), TWO_SAMPLES)
    add_batch(run, device, now(), TWO_SAMPLES[:1])


@accelerometer.must("latest is the last sample of the batch, and of no other device")
def latest(run: Run) -> None:
    device, moment = run.new("device"), now()
    add_batch(run, device, moment, TWO_SAMPLES)
    add_batch(run, run.new("device"), moment, [{"x": 1, "y": 2, "z": 3}])
    expect_latest(run, device, moment, TWO_SAMPLES[1])


@accelerometer.must("latest is another one after a new batch")
def updated(run: Run) -> None:
    device, moment = run.new("device"), now()
    add_batch(run, device, moment - timedelta(seconds=10), TWO_SAMPLES)
    expect_latest(run, device, moment - timedelta(seconds=10), TWO_SAMPLES[1])
    add_batch(run, device, moment, [{"x": -0.5, "y": 0.25, "z": 9.5}])
    expect_latest(run, device, moment, {"x": -0.5, "y": 0.25, "z": 9.5})


@accelerometer.must("accel names a missing field: device_id, samples, and samples that are empty")
def accel_missing(run: Run) -> None:
    body = batch(run.new("device"), now(), TWO_SAMPLES)
    each_missing(run, ACCEL, body, "device_id", "samples")
    expect_error(run.post(ACCEL, {**body, "samples": []}), "missing_field: samples", run.server)


@accelerometer.information("a batch that arrives late does not move latest back")
def late(run: Run) -> None:
    device, moment = run.new("device"), now()
    add_batch(run, device, moment, TWO_SAMPLES)
    add_batch(run, device, moment - timedelta(minutes=5), [{"x": 1, "y": 1, "z": 1}])
    expect_latest(run, device, moment, TWO_SAMPLES[1])


def add_point(run: Run, device: str, moment: datetime, lat: float, lng: float, **more: Any) -> None:
    """A point that is accepted."""
    body = {"device_id": device, "ts": iso(moment), "lat": lat, "lng": lng, **more}
    expect(data_of(run.post(GPS, body), run.server).get("accepted"), True, "accepted")


def expect_position(run: Run, device: str, moment: datetime, point: dict[str, float]) -> None:
    """Raises Wrong unless the device's latest position is this one."""
    data = data_of(run.get(f"{GPS}/latest", device_id=device), run.server)
    expect(time_in(data, "ts"), moment, "ts")
    for name, value in point.items():
        expect(data.get(name), value, name)


def history(run: Run, device: str, **query: Any) -> list[tuple[datetime, Any, Any]]:
    """The points of a history: time, latitude, longitude."""
    data = data_of(run.get(f"{GPS}/history", device_id=device, **query), run.server)
    expect(data.get("device_id"), device, "device_id")
    items = data.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Wrong("`items` must be an array of objects")
    return [(time_in(item, "ts"), item.get("lat"), item.get("lng")) for item in items]


def track(run: Run, device: str) -> list[tuple[datetime, float, float]]:
    """Posts a walk of a point each ten seconds; what its history must hold."""
    first = now() - timedelta(seconds=10 * len(POINTS))
    points = [
        (first + timedelta(seconds=10 * number), *point) for number, point in enumerate(POINTS)
    ]
    for moment, lat, lng in points:
        add_point(run, device, moment, lat, lng, accuracy_m=5)
    return points


@gps.must("a point is stored, and latest is that point, and of no other device")
def position(run: Run) -> None:
    device, moment = run.new("device"), now()
    add_point(run, device, moment, -7.2575, 112.7521, accuracy_m=12.5)
    add_point(run, run.new("device"), moment, 1, 2, accuracy_m=3)
    expect_position(run, device, moment, {"lat": -7.2575, "lng": 112.7521, "accuracy_m": 12.5})


@gps.must("latest is another one after a new point")
def moved(run: Run) -> None:
    device, moment = run.new("device"), now()
    for seconds, lat in ((10, -7.25), (0, -7.5)):
        add_point(run, device, moment - timedelta(seconds=seconds), lat, 112.75, accuracy_m=1)
        expect_position(run, device, moment - timedelta(seconds=seconds), {"lat": lat})


@gps.must("accuracy_m is optional, and 0 if it is not sent")
def accuracy(run: Run) -> None:
    device, moment = run.new("device"), now()
    add_point(run, device, moment, -7.2575, 112.7521)
    expect_position(run, device, moment, {"accuracy_m": 0})


@gps.must("0 is a latitude and a longitude, not a missing field")
def equator(run: Run) -> None:
    device, moment = run.new("device"), now()
    add_point(run, device, moment, 0, 0)
    expect_position(run, device, moment, {"lat": 0, "lng": 0})


@gps.must("history is all points, the oldest first")
def whole_history(run: Run) -> None:
    device = run.new("device")
    posted = track(run, device)
    points = history(run, device)
    if points != posted:
        raise Wrong(f"must be {history_text(posted)}, but is {history_text(points)}")


def history_text(points: list[tuple[datetime, Any, Any]]) -> str:
    """Points for people."""
    return ", ".join(f"{iso(moment)} ({lat}, {lng})" for moment, lat, lng in points)


@gps.must("history?limit= returns no more than that, the oldest first")
def limited(run: Run) -> None:
    device = run.new("device")
    posted = track(run, device)
    points = history(run, device, limit=2)
    if (
        len(points) != 2
        or any(point not in posted for point in points)
        or points[0][0] > points[1][0]
    ):
        raise Wrong(f"must be two points of the walk, but is {history_text(points)}")


@gps.must("gps names a missing field: device_id, lat, lng")
def gps_missing(run: Run) -> None:
    body = {"device_id": run.new("device"), "ts": iso(now()), "lat": -7.2575, "lng": 112.7521}
    each_missing(run, GPS, body, "device_id", "lat", "lng")


@gps.information("a limited history is the newest points")
def newest(run: Run) -> None:
    device = run.new("device")
    posted = track(run, device)
    points = history(run, device, limit=2)
    if points != posted[-2:]:
        raise Wrong(f"is {history_text(points)}")


@gps.information("a point that arrives late takes its place in the history by its time")
def late_point(run: Run) -> None:
    device = run.new("device")
    posted = track(run, device)
    before = (posted[0][0] - timedelta(seconds=10), -7.3, 112.7)
    add_point(run, device, *before)
    points = history(run, device)
    if points != [before, *posted]:
        raise Wrong(f"is {history_text(points)}")


READS = (f"{ACCEL}/latest", f"{GPS}/latest", f"{GPS}/history")


@errors.must("a device without data: device_not_found, at each of the three reads")
def not_found(run: Run) -> None:
    for path in READS:
        answer = run.get(path, device_id=run.new("device"))
        expect_error(answer, "device_not_found", run.server)


@errors.must("a read without device_id: missing_field: device_id, at each of the three")
def reads_missing(run: Run) -> None:
    for path in READS:
        expect_error(run.get(path), "missing_field: device_id", run.server)


@errors.must("an endpoint that does not exist: unknown_endpoint")
def unknown(run: Run) -> None:
    for path in ("presence/nothing", "telemetry/gps/nothing"):
        expect_error(run.get(path), "unknown_endpoint", run.server)


@errors.information("a body that is no JSON is refused with a JSON answer")
def broken(run: Run) -> None:
    answer = run.post("presence/qr/generate", b'{"course_id": ').json
    if not isinstance(answer, dict) or answer.get("ok") is not False:
        raise Wrong("is not an `ok: false`")
