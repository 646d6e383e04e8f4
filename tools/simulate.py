"""`dev.py simulate`: phones on a campus send over HTTP; then it compares what the server has."""

import heapq
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tools.console import Problem, say
from tools.paths import STATE
from tools.phones import FATES, Packet, fingerprint, plan, request_body

PATIENCE = 60.0  # seconds a request may take
GIVE_UP_AFTER = 60.0  # seconds without any success
PAGE = 1_000  # the contract's largest limit

Row = tuple[object, ...]


@dataclass
class Api:
    """A server of the course contract: with a path per call, or one URL that ends in /exec."""

    base_url: str

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer. Raises URLError for a 5xx, a 429 and a broken connection: retry those."""
        return self._call(path, {}, json.dumps(body).encode())

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """The answer to a GET. Raises as `post` does."""
        return self._call(path, query, None)

    def _call(self, path: str, query: dict[str, str], body: bytes | None) -> dict[str, Any]:
        if self.base_url.endswith("/exec"):
            url, query = self.base_url, {"path": path, **query}
        else:
            url = f"{self.base_url}/{path}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                parsed = json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code >= 500 or error.code == 429:
                raise
            parsed = json.load(error)
        if not parsed.get("ok") and parsed.get("error") in ("unavailable", "too_many_requests"):
            raise urllib.error.URLError(parsed["error"])  # /exec says so with 200
        answer_body: dict[str, Any] = parsed
        return answer_body


@dataclass
class Tally:
    """Counts over all phones."""

    counts: Counter[str] = field(default_factory=Counter)
    last_success: float = field(default_factory=time.monotonic)
    refusals: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, count: int = 1) -> None:
        with self.lock:
            self.counts[name] += count

    def refuse(self, code: str) -> None:
        with self.lock:
            self.refusals[code] += 1


@dataclass
class Phone:
    """One phone: sends its packets on time and remembers the accepted ones."""

    api: Api
    tally: Tally
    device_id: str
    packets: list[Packet]
    start_ms: int
    accepted: dict[str, list[Row]] = field(default_factory=lambda: {"gps": [], "accel": []})

    def walk(self) -> None:
        """Sends all packets. Returns once each is accepted or given up."""
        began = time.monotonic()
        queue = [(packet.due, number, packet.fate) for number, packet in enumerate(self.packets)]
        heapq.heapify(queue)
        while queue:
            due, number, fate = heapq.heappop(queue)
            time.sleep(max(0.0, began + due - time.monotonic()))
            packet = self.packets[number]
            self.tally.add(fate)
            if fate in ("lost", "late"):
                again = "sent again" if fate == "lost" else "arrives"
                heapq.heappush(queue, (due + packet.delay, number, again))
                continue
            self._deliver(packet, remember=True)
            if fate == "repeated":
                self._deliver(packet, remember=False)
            elif fate == "answer lost":
                heapq.heappush(queue, (due + packet.delay, number, "sent again"))

    def _deliver(self, packet: Packet, *, remember: bool) -> None:
        """Posts until the server accepts or refuses the packet, as a phone does."""
        body = request_body(packet, self.device_id, self.start_ms, timestamp)
        rows = list(_rows(packet.kind, [body] if packet.kind == "gps" else body["samples"]))
        while time.monotonic() < self.tally.last_success + GIVE_UP_AFTER:
            try:
                self.tally.add("requests")
                answer = self.api.post(f"telemetry/{packet.kind}", body)
            except (OSError, ValueError) as error:
                self.tally.add("retries")
                time.sleep(_pause(error))
                continue
            self.tally.last_success = time.monotonic()
            if not answer.get("ok"):
                self.tally.refuse(str(answer.get("error")))
            elif remember and rows[0] not in self.accepted[packet.kind]:
                self.accepted[packet.kind] += rows
            return
        self.tally.refuse("no answer")


def _pause(error: Exception) -> float:
    """Seconds that the server asks a phone to wait; one where it does not say."""
    asked = ""
    if isinstance(error, urllib.error.HTTPError):
        asked = error.headers.get("Retry-After") or ""
    return float(asked) if asked.isdecimal() else 1.0


def simulate(phones: int, seconds: int, seed: int, base_url: str | None) -> int:
    """Runs the phones, then compares. Returns 0 if each packet is stored exactly once."""
    api = Api((base_url or _running()).rstrip("/"))
    _probe(api)
    plans = [plan(number, seconds, seed) for number in range(phones)]
    start_ms = int(time.time() * 1000)
    tally = Tally()
    walkers = [
        Phone(api, tally, f"sim-{seed}-{start_ms // 1000}-{number:02}", packets, start_ms)
        for number, packets in enumerate(plans)
    ]
    shares = ", ".join(f"{share:.0%} {name}" for name, share in FATES.items())
    name = fingerprint(plans)
    say(f"{phones} phones, {seconds} s, seed {seed} (plan {name}), {api.base_url}")
    say(f"Of the packets: {shares}; each of them is accepted in the end.")
    _run(walkers, tally)
    return 0 if _reconcile(walkers, tally) else 1


def _probe(api: Api) -> None:
    """Raises Problem unless a server of the contract answers at this URL."""
    try:
        answer = api.get("telemetry/gps/latest", device_id="simulator")
    except (OSError, ValueError) as error:
        raise Problem(f"Nothing answers as the contract says at {api.base_url}: {error}") from error
    if "ok" not in answer:
        raise Problem(f"{api.base_url} answers, but not as the contract says")


def timestamp(ms: int) -> str:
    """The contract's timestamp of milliseconds since 1970."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{ms % 1000:03}Z" if ms % 1000 else "Z")


def _running() -> str:
    try:
        demo = json.loads((STATE / "demo.json").read_text(encoding="utf-8"))
    except OSError:
        raise Problem("Nothing runs here: start python3 dev.py up, or give --base-url") from None
    return str(demo["base_url"])


def _run(walkers: list[Phone], tally: Tally) -> None:
    threads = [threading.Thread(target=walker.walk, daemon=True) for walker in walkers]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        threads[0].join(1) if threads[0].is_alive() else time.sleep(1)
        passed = int(time.monotonic() - began)
        if passed % 5 == 0:
            counts = tally.counts
            say(
                f"  {passed:3} s  {counts['requests']} requests, {counts['retries']} retries,"
                f" {sum(tally.refusals.values())} refused,"
                f" {sum(thread.is_alive() for thread in threads)} phones walking"
            )


def _reconcile(walkers: list[Phone], tally: Tally) -> bool:
    """Prints how much was sent, accepted and stored. True if those are the same."""
    say("\n               sent   accepted     stored       lost    doubled")
    clean = not tally.refusals
    for kind, name in (("gps", "points"), ("accel", "samples")):
        sums, how = Counter[str](), ""
        for walker in walkers:
            packets = [packet for packet in walker.packets if packet.kind == kind]
            sums["sent"] += sum(len(packet.values) for packet in packets)
            accepted = Counter(walker.accepted[kind])
            sums["accepted"] += accepted.total()
            stored = _stored(walker, kind)
            if stored is None:
                how = "  (no history there: compared the latest)"
                stored = accepted if _latest_is_right(walker) else Counter()
            sums["stored"] += stored.total()
            sums["lost"] += (accepted - stored).total()
            sums["doubled"] += (stored - accepted).total()
        say(
            f"  {name:<8} {sums['sent']:>8} {sums['accepted']:>10} {sums['stored']:>10}"
            f" {sums['lost']:>10} {sums['doubled']:>10}{how}"
        )
        clean &= sums["sent"] == sums["accepted"] and not sums["lost"] and not sums["doubled"]
    for code, count in tally.refusals.items():
        say(f"  refused: {count} × {code}")
    met = ", ".join(f"{tally.counts[name]} {name}" for name in FATES)
    say(f"  met on the way: {met}; {tally.counts['retries']} retries")
    say("Nothing was lost, nothing is doubled." if clean else "NOT what was sent.")
    return clean


def _stored(walker: Phone, kind: str) -> Counter[Row] | None:
    """All rows of this run that the server has; None if the server has no history.

    Reads in windows that fit one page. Rows outside a window are dropped: not every server knows
    `from` and `to`.
    """
    last = max((packet.ms for packet in walker.packets), default=0) + 10_000
    window = 60_000 if kind == "accel" else 1_000_000
    rows: Counter[Row] = Counter()
    for begin in range(walker.start_ms, walker.start_ms + last, window):
        span = {"from": timestamp(begin), "to": timestamp(begin + window - 1)}
        query = {"device_id": walker.device_id, "limit": str(PAGE), **span}
        answer = _patiently(walker.api, f"telemetry/{kind}/history", query)
        if answer.get("error") == "unknown_endpoint":
            return None
        if answer.get("error") == "device_not_found":
            continue
        if not answer.get("ok"):
            raise Problem(f"{kind}/history answers {answer.get('error')}")
        for row in _rows(kind, answer["data"]["items"]):
            if begin <= _millis(str(row[0])) < begin + window:
                rows[row] += 1
    return rows


def _latest_is_right(walker: Phone) -> bool:
    """Whether `latest` is the newest accepted sample."""
    query = {"device_id": walker.device_id}
    answer = _patiently(walker.api, "telemetry/accel/latest", query)
    if not answer.get("ok"):
        return not walker.accepted["accel"]
    newest = max(walker.accepted["accel"], key=lambda row: _millis(str(row[0])))
    return next(_rows("accel", [answer["data"]])) == newest


def _patiently(api: Api, path: str, query: dict[str, str]) -> dict[str, Any]:
    """A read with five attempts. Raises Problem if all fail."""
    for _ in range(5):
        try:
            return api.get(path, **query)
        except (OSError, ValueError):
            time.sleep(1)
    raise Problem(f"{path} does not answer")


def _millis(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _rows(kind: str, items: list[dict[str, Any]]) -> Iterator[Row]:
    """Points and samples as the rows that the server must return."""
    names = ("ts", "lat", "lng") if kind == "gps" else ("t", "x", "y", "z")
    return (tuple(item[name] for name in names) for item in items)
