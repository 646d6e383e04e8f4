"""The page of a machine: what its link may hold, and a moment without a database."""

from typing import NoReturn
from urllib.parse import urlsplit

import pytest

from shared.base.errors import Unavailable
from tests.edge.machines import KIOSK, Bench


def link_of(bench: Bench) -> str:
    parts = urlsplit(str(bench.handshake()["kiosk_url"]))
    return f"{parts.path}?{parts.query}"


@pytest.mark.parametrize("more", ["&x=1", "&signature=x", "&expires=1"])
def test_a_link_with_more_in_it_is_refused(bench: Bench, more: str) -> None:
    link = link_of(bench)
    assert bench.kiosk.get(link + more).status_code == 403
    assert bench.kiosk.get(link).status_code == 200


def test_a_moment_without_a_database_is_a_page_that_tries_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> NoReturn:
        raise Unavailable

    link = link_of(bench)
    with monkeypatch.context() as patch:
        patch.setattr("kiosk.store.Store.machine", fails)
        answer = bench.kiosk.get(link)
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert 'http-equiv="refresh"' in answer.text
    assert bench.kiosk.get(link).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/rvm-ui/", 404),
        ("GET", "/rvm-ui/a/b", 404),
        ("GET", f"{KIOSK}/rvm-ui/a/b", 404),
        ("GET", "/rvm-ui/assets/nothing.css", 404),
        ("POST", "/rvm-ui/a", 405),
    ],
)
def test_whatever_is_refused_below_the_pages_path_is_refused_by_a_page(
    bench: Bench, method: str, path: str, status: int
) -> None:
    answer = bench.kiosk.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/rvm-ui", 404), ("GET", f"{KIOSK}/a/b", 404), ("GET", f"{KIOSK}/auth/pin", 405)],
)
def test_beside_the_pages_path_refusals_are_json(
    bench: Bench, method: str, path: str, status: int
) -> None:
    answer = bench.kiosk.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "application/json")
