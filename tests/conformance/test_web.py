"""A server whose answers a browser keeps from a page is found, with what the browser minds."""

from pathlib import Path

import pytest

from tests.conformance.conftest import Serve, broken_lines
from tests.conformance.small import Json, Reading, Small, as_apps_script, by_paths
from tools.conformance import command
from tools.conformance.http import Hop
from tools.conformance.web import prohibition

READABLE = "a page of another origin may read every answer"
PREFLIGHT = "a browser may send JSON: the preflight of POST application/json is answered"
NONE = "no Access-Control-Allow-Origin"
IS = "Access-Control-Allow-Origin is"
PAGE = "the page's origin is 'https://client.example'"
UNREADABLE = ": a browser does not let the page read this answer"
SERVERS = {"rest": by_paths, "exec": as_apps_script}


class Answering(Small):
    """Sends these lines of Access-Control-Allow-Origin; to a preflight the right one."""

    def __init__(self, *origins: str) -> None:
        super().__init__()
        self.origins = list(origins)

    def allowed_origins(self, answer: Reading) -> list[str]:
        return ["*"] if answer.command == "OPTIONS" or self.right(answer) else self.origins

    def right(self, answer: Reading) -> bool:
        return False


class RightInSuccesses(Answering):
    def call(self, method: str, path: str, fields: Json) -> tuple[int, Json]:
        self.status, body = super().call(method, path, fields)
        return self.status, body

    def right(self, answer: Reading) -> bool:
        return self.status == 200


class RightInPosts(Answering):
    def right(self, answer: Reading) -> bool:
        return answer.command == "POST"


class RightOutsideOfHistory(Answering):
    def right(self, answer: Reading) -> bool:
        return "history" not in answer.path


@pytest.mark.parametrize("style", SERVERS)
@pytest.mark.parametrize(
    ("small", "reason"),
    [
        (Answering, NONE),
        (RightInSuccesses, NONE),
        (RightInPosts, NONE),
        (RightOutsideOfHistory, NONE),
        (lambda: Answering("*", "*"), "Access-Control-Allow-Origin stands 2 times: *, *"),
        (lambda: RightOutsideOfHistory("*", "https://client.example"), "stands 2 times: *, https://client.example"),
        (lambda: Answering("*, *"), f"{IS} '*, *', {PAGE}"),
        (lambda: Answering("https://x"), f"{IS} 'https://x', {PAGE}"),
        (lambda: Answering("null"), f"{IS} 'null', {PAGE}"),
    ],
)  # fmt: skip
def test_an_answer_that_a_browser_refuses_fails_one_line(
    serve: Serve, style: str, small: type[Small], reason: str
) -> None:
    broken = broken_lines(serve(SERVERS[style](small())), style)
    assert list(broken) == [READABLE]
    assert broken[READABLE].endswith(reason + UNREADABLE)


@pytest.mark.parametrize("style", SERVERS)
def test_the_pages_own_origin_may_stand_for_all(serve: Serve, style: str) -> None:
    class Mirror(Small):
        def allowed_origins(self, answer: Reading) -> list[str]:
            return [answer.headers["Origin"]]

    assert broken_lines(serve(SERVERS[style](Mirror())), style) == {}


def test_the_second_header_of_every_answer_fails_the_preflight_too(serve: Serve) -> None:
    class Twice(Small):
        def allowed_origins(self, answer: Reading) -> list[str]:
            return ["*", "*"]

    broken = broken_lines(serve(by_paths(Twice())))
    assert list(broken) == [READABLE, PREFLIGHT]
    assert all("stands 2 times: *, *" in reason for reason in broken.values())


class WrongAtTheEcho(Answering):
    def right(self, answer: Reading) -> bool:
        return not answer.path.startswith("/echo")


class WrongAtTheRedirect(Answering):
    def right(self, answer: Reading) -> bool:
        return answer.status != 302


@pytest.mark.parametrize(
    ("small", "names_target"), [(WrongAtTheEcho, True), (WrongAtTheRedirect, False)]
)
def test_a_redirect_and_its_target_are_each_an_answer(
    serve: Serve, small: type[Small], names_target: bool
) -> None:
    broken = broken_lines(serve(as_apps_script(small())), "exec")
    assert list(broken) == [READABLE]
    assert broken[READABLE].endswith(NONE + UNREADABLE)
    assert ("redirected to http" in broken[READABLE]) is names_target


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        ("*", ""),
        ("null", ""),
        ("https://client.example", f"{IS} 'https://client.example', the page's origin is 'null' after a redirect to another origin"),
    ],
)  # fmt: skip
def test_after_a_redirect_to_another_origin_the_pages_origin_is_null(
    serve: Serve, origin: str, reason: str
) -> None:
    small = WrongAtTheEcho(origin)
    small.echo = serve(as_apps_script(small)) + "/echo"
    broken = broken_lines(serve(as_apps_script(small)), "exec")
    assert list(broken) == ([READABLE] if reason else [])
    assert broken.get(READABLE, UNREADABLE).endswith(reason + UNREADABLE)


def test_the_browser_is_shown_every_header_line_in_the_reports(
    serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.conformance(serve(by_paths(Answering("*", "*"))), None, 5, tmp_path) == 1
    assert f"FAIL  Web clients: {READABLE}\n        POST http" in capsys.readouterr().out
    line = "  Access-Control-Allow-Origin: *\n"
    assert line + line in (tmp_path / "conformance.md").read_text("utf-8")
    json = (tmp_path / "conformance.json").read_text("utf-8")
    assert '"allowed_origins": ["*","*"]' in json.replace("\n", "").replace("  ", "")


class Preflight(Small):
    """Answers a preflight by this."""

    def __init__(self, status: int, **headers: str) -> None:
        super().__init__()
        self.answer = (
            status,
            {f"Access-Control-Allow-{name.title()}": value for name, value in headers.items()},
        )

    def preflight(self) -> tuple[int, dict[str, str]]:
        return self.answer


@pytest.mark.parametrize(
    ("small", "reason"),
    [
        (Preflight(405, headers="content-type"), "the status must be 200 to 299, but is 405"),
        (Preflight(302, location="/"), "the status must be 200 to 299, but is 302"),
        (Preflight(204), "Access-Control-Allow-Headers must list content-type, but is ''"),
        (Preflight(200, headers="x-api-key"), "must list content-type, but is 'x-api-key'"),
    ],
)
def test_json_is_not_sent_without_the_answer_to_its_preflight(
    serve: Serve, small: Small, reason: str
) -> None:
    broken = broken_lines(serve(by_paths(small)))
    assert list(broken) == [PREFLIGHT]
    assert broken[PREFLIGHT].endswith(f"{reason}: a browser does not send the POST")


def test_a_preflight_is_an_answer_of_the_same_rule(serve: Serve) -> None:
    class NoneInPreflight(Small):
        def allowed_origins(self, answer: Reading) -> list[str]:
            return [] if answer.command == "OPTIONS" else ["*"]

    broken = broken_lines(serve(by_paths(NoneInPreflight())))
    assert list(broken) == [PREFLIGHT]
    assert broken[PREFLIGHT].endswith(f"{NONE}: a browser does not send the POST")


def test_json_that_is_sent_as_text_needs_no_preflight(serve: Serve) -> None:
    url = serve(as_apps_script(Preflight(405)))
    assert broken_lines(url, "exec") == {}
    assert PREFLIGHT not in {line.says for line in command.lines_for("exec")}


@pytest.mark.parametrize(
    ("headers", "methods", "ok"),
    [
        (["*"], [], True),
        (["Authorization, Content-Type"], ["GET, POST"], True),
        (["authorization", "content-type"], ["*"], True),
        (["content-type"], ["GET"], True),  # POST needs no permission
        (["content-type"], ["GET; POST"], False),
        (["content-type x-api-key"], [], False),
        (["content-types"], [], False),
    ],
)
def test_the_lists_of_a_preflight_are_read_as_browsers_do(
    headers: list[str], methods: list[str], ok: bool
) -> None:
    answer = Hop("http://127.0.0.1", 204, "https://client.example", ["*"], headers, methods)
    assert (prohibition(answer) == "") is ok
