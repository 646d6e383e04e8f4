"""A page of another origin, as anybody may serve one, and what its script can read of our API."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from playwright.sync_api import Browser

from tests.web import Loopback, QuietHandler

# Sends the calls, so many at once, and returns what the page can read of each answer.
SEND = """async ({calls, lanes}) => {
  const send = async ({url, ...options}) => {
    try {
      const answer = await fetch(url, options);
      return {
        status: answer.status,
        content_type: answer.headers.get("Content-Type"),
        retry_after: answer.headers.get("Retry-After"),
        text: await answer.text(),
      };
    } catch (error) {
      return {problem: `${url}: ${error}`};
    }
  };
  const answers = [], waiting = [...calls.entries()];
  const lane = async () => {
    for (let next; (next = waiting.shift()); ) answers[next[0]] = await send(next[1]);
  };
  await Promise.all(Array.from({length: lanes}, lane));
  return answers;
}"""

# Starts a POST of so many bytes, and ends one.
START = """({url, size}) => {
  window.aborting = new AbortController();
  const body = new Blob([new Uint8Array(size)]);
  window.end = fetch(url, {method: "POST", body, signal: window.aborting.signal})
    .then(() => "answered", error => error.name);
}"""
ABORT = "() => (window.aborting.abort(), window.end)"
EXCHANGE = "() => fetch('/').then(answer => answer.text())"
MOST_EXCHANGES = 500  # with the page's own site, until a request has left


@dataclass(frozen=True)
class Call:
    """One call of `fetch`. A body without a Content-Type goes out as text/plain."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True)
class Answer:
    """What the page could read."""

    status: int
    content_type: str | None
    retry_after: str | None
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Origin(Loopback):
    """A site of somebody else: one empty page under every path."""

    def __init__(self) -> None:
        class Handler(QuietHandler):
            def do_GET(self) -> None:  # noqa: N802  as http.server calls it
                self.send(200, b"<!doctype html>", {"Content-Type": "text/html"})

        super().__init__(Handler)
        # Another site than the suite's 127.0.0.1, and not only another port.
        self.url = self.url.replace("127.0.0.1", "localhost")


class Stranger:
    """A browser with a page of another origin, its connections and preflights in view."""

    def __init__(self, browser: Browser, origin: Origin) -> None:
        self.preflights: Counter[str] = Counter()  # by URL
        self.connections: set[str] = set()
        self._urls: dict[str, str] = {}  # of requests, by the browser's ids for them
        self._departed: set[str] = set()  # requests whose headers are on the wire
        self._console: list[str] = []  # where a browser says why it keeps an answer back
        self._context = browser.new_context()
        self._page = self._context.new_page()
        self._page.on("console", lambda message: self._console.append(message.text))
        self._page.goto(origin.url)
        self._watch_network()

    def _watch_network(self) -> None:
        devtools = self._context.new_cdp_session(self._page)
        devtools.on("Network.requestWillBeSent", self._see_request)
        devtools.on("Network.requestWillBeSentExtraInfo", self._see_departure)
        devtools.on("Network.responseReceived", self._see_response)
        devtools.send("Network.enable")

    def _see_request(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        self._urls[event["requestId"]] = url
        if event["initiator"]["type"] == "preflight":
            self.preflights[url] += 1

    def _see_departure(self, event: dict[str, Any]) -> None:
        self._departed.add(event["requestId"])

    def _see_response(self, event: dict[str, Any]) -> None:
        self.connections.add(str(event["response"]["connectionId"]))

    def _departures(self, url: str) -> int:
        return sum(self._urls.get(request) == url for request in self._departed)

    def read(self, *calls: Call, lanes: int = 1) -> list[Answer]:
        """The answers in the calls' order. Fails where the browser keeps one from the page."""
        fields = {"calls": [asdict(call) for call in calls], "lanes": lanes}
        answers = self._page.evaluate(SEND, fields)
        problems = [answer["problem"] for answer in answers if "problem" in answer]
        assert not problems, [*problems, *self._console]
        return [Answer(**answer) for answer in answers]

    def abort(self, url: str, size: int) -> str:
        """How a POST ends that is aborted on its way: `AbortError`, unless it was answered first."""
        before = self._departures(url)
        self._page.evaluate(START, {"url": url, "size": size})
        exchanges = (self._page.evaluate(EXCHANGE) for _ in range(MOST_EXCHANGES))
        assert any(self._departures(url) > before for _ in exchanges), "the POST did not leave"
        end: str = self._page.evaluate(ABORT)
        return end

    def leave(self) -> None:
        self._context.close()
