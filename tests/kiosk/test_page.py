"""The page of a machine: what its link may hold, and a moment without a database."""

from typing import NoReturn
from urllib.parse import urlsplit

import pytest

from shared.errors import Unavailable
from tests.edge.machines import Bench


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
