"""Module 1 of the course contract: presence by a rotating QR code."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tools.conformance.http import Exchange
from tools.conformance.lines import (
    Run,
    Section,
    Wrong,
    data_of,
    expect,
    expect_error,
    iso,
    now,
    text_in,
    time_in,
)

GENERATE, CHECKIN, STATUS = "presence/qr/generate", "presence/checkin", "presence/status"
TOLERANCE = timedelta(seconds=30)  # between our clock and the server's
LIFE = timedelta(minutes=2)

section = Section("Presensi QR")


def generate(run: Run, session: dict[str, str], **more: Any) -> dict[str, Any]:
    """The data of a new code."""
    data = data_of(run.post(GENERATE, {**session, **more}), run.server)
    text_in(data, "qr_token")
    return data


def scan(run: Run, session: dict[str, str], token: str, **more: Any) -> dict[str, Any]:
    """The body of a check-in by somebody new."""
    return {
        "user_id": run.new("user"),
        "device_id": run.new("device"),
        **session,
        "qr_token": token,
        "ts": iso(now()),
        **more,
    }


def check_in(run: Run, body: dict[str, Any]) -> dict[str, Any]:
    """The data of a check-in that succeeds."""
    data = data_of(run.post(CHECKIN, body), run.server)
    text_in(data, "presence_id")
    expect(data.get("status"), "checked_in", "status")
    return data


def status(run: Run, body: dict[str, Any]) -> Exchange:
    """Requests the state of the user of this check-in."""
    return run.get(STATUS, **{name: body[name] for name in ("user_id", "course_id", "session_id")})


def expect_absent(run: Run, body: dict[str, Any]) -> None:
    """Raises Wrong unless nothing was recorded."""
    data = data_of(status(run, body), run.server)
    expect(data.get("status"), "absent", "status")
    if "last_ts" not in data or data["last_ts"] is not None:
        raise Wrong(f"`last_ts` must be null, but is {data.get('last_ts')!r}")


@section.must("generate answers qr_token, and expires_at two minutes after `ts`")
def example(run: Run) -> None:
    data = generate(run, run.session(), ts="2026-02-18T10:00:00Z")
    expect(time_in(data, "expires_at"), datetime(2026, 2, 18, 10, 2, tzinfo=UTC), "expires_at")


@section.must("generate without `ts` takes the server's time")
def without_ts(run: Run) -> None:
    expires = time_in(generate(run, run.session()), "expires_at")
    if abs(expires - now() - LIFE) > TOLERANCE + timedelta(seconds=run.exchanges[-1].seconds):
        raise Wrong(f"`expires_at` must be two minutes from now, but is {iso(expires)}")


@section.must("each generate draws another token")
def rotates(run: Run) -> None:
    session = run.session()
    if generate(run, session)["qr_token"] == generate(run, session)["qr_token"]:
        raise Wrong("two calls gave the same `qr_token`")


@section.must("generate names a missing field: course_id, session_id")
def generate_missing(run: Run) -> None:
    each_missing(run, GENERATE, {**run.session(), "ts": iso(now())}, "course_id", "session_id")


def each_missing(run: Run, path: str, body: dict[str, Any], *fields: str) -> None:
    """Raises Wrong unless each of these fields is named when it is absent."""
    for name in fields:
        without = {key: value for key, value in body.items() if key != name}
        expect_error(run.post(path, without), f"missing_field: {name}", run.server)


@section.must("check-in with the token answers presence_id and checked_in")
def checks_in(run: Run) -> None:
    session = run.session()
    check_in(run, scan(run, session, generate(run, session)["qr_token"]))


@section.must("presence_id is unique: another user gets another one")
def unique(run: Run) -> None:
    session = run.session()
    token = generate(run, session)["qr_token"]
    ids = [check_in(run, scan(run, session, token))["presence_id"] for _ in range(2)]
    if ids[0] == ids[1]:
        raise Wrong(f"two users have the `presence_id` {ids[0]!r}")


@section.must("status is checked_in after the check-in, with its ids and its time")
def status_after(run: Run) -> None:
    session = run.session()
    body = scan(run, session, generate(run, session)["qr_token"])
    check_in(run, body)
    data = data_of(status(run, body), run.server)
    expect(data.get("status"), "checked_in", "status")
    for name in ("user_id", "course_id", "session_id"):
        expect(data.get(name), body[name], name)
    spent = timedelta(seconds=sum(exchange.seconds for exchange in run.exchanges))
    if abs(time_in(data, "last_ts") - now()) > TOLERANCE + spent:
        raise Wrong(f"`last_ts` must be the time of the check-in, but is {data['last_ts']}")


@section.must("status is absent, with last_ts null, for who did not check in")
def status_absent(run: Run) -> None:
    session = run.session()
    body = scan(run, session, "")
    check_in(run, scan(run, session, generate(run, session)["qr_token"]))
    expect_absent(run, body)


@section.must("check-in with a token whose two minutes are over: token_expired, and nobody is in")
def expired(run: Run) -> None:
    session = run.session()
    token = generate(run, session, ts=iso(now() - timedelta(hours=1)))["qr_token"]
    body = scan(run, session, token)
    expect_error(run.post(CHECKIN, body), "token_expired", run.server)
    expect_absent(run, body)


@section.must("check-in with a token that was never given out: token_invalid, and nobody is in")
def invalid(run: Run) -> None:
    session = run.session()
    generate(run, session)
    body = scan(run, session, "TKN-NEVER0")
    expect_error(run.post(CHECKIN, body), "token_invalid", run.server)
    expect_absent(run, body)


@section.must("check-in with another session's or course's token: token_mismatch, nobody is in")
def mismatch(run: Run) -> None:
    session = run.session()
    token = generate(run, session)["qr_token"]
    for name in ("session_id", "course_id"):
        body = scan(run, {**session, name: run.new("other")}, token)
        expect_error(run.post(CHECKIN, body), "token_mismatch", run.server)
        expect_absent(run, body)


@section.must("check-in names a missing field, each of the five")
def checkin_missing(run: Run) -> None:
    session = run.session()
    body = scan(run, session, generate(run, session)["qr_token"])
    each_missing(run, CHECKIN, body, *(name for name in body if name != "ts"))


@section.must("status names a missing field, each of the three")
def status_missing(run: Run) -> None:
    query = {"user_id": run.new("user"), **run.session()}
    for name in query:
        rest = {key: value for key, value in query.items() if key != name}
        expect_error(run.get(STATUS, **rest), f"missing_field: {name}", run.server)


@section.information("a second check-in of the same user answers the same presence_id")
def twice(run: Run) -> None:
    session = run.session()
    body = scan(run, session, generate(run, session)["qr_token"])
    expect(check_in(run, body)["presence_id"], check_in(run, body)["presence_id"], "presence_id")


@section.information("a token stays good while the next one is shown")
def overlap(run: Run) -> None:
    session = run.session()
    first = generate(run, session)["qr_token"]
    generate(run, session)
    check_in(run, scan(run, session, first))


@section.information("a check-in counts by its own `ts`, as with the contract's dates")
def fixed_dates(run: Run) -> None:
    session = run.session()
    token = generate(run, session, ts="2026-02-18T10:00:00Z")["qr_token"]
    body = scan(run, session, token, ts="2026-02-18T10:01:10Z")
    check_in(run, body)
    data = data_of(status(run, body), run.server)
    expect(data.get("last_ts"), "2026-02-18T10:01:10Z", "last_ts")
