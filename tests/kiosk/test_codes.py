"""Login codes: who gets one, how fast, and where they are never written."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.base import settings
from tests.conftest import MovableClock
from tests.edge.machines import KIOSK, Bench
from tests.meter import Meter
from tests.tokens import token

GOOGLE = "66.249.64.7"  # what a function behind Hosting sees as the last hop
STRANGER = {"X_Forwarded_For": "203.0.113.9"}


def at(address: str) -> dict[str, str]:
    """The headers of a caller behind Hosting."""
    return {"X_Forwarded_For": f"{address}, {GOOGLE}", "Fastly_Client_IP": address}


def call_home(bench: Bench, **headers: str) -> None:
    """A heartbeat from where the machine is."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    assert bench.send("/heartbeat", {}, **sent).status_code == 200


def test_a_stranger_who_knows_the_uuid_gets_no_code_and_holds_no_machine(bench: Bench) -> None:
    bench.handshake()
    answer = bench.draw(**STRANGER)
    assert (answer.status_code, answer.get_json()["error_code"]) == (403, "FORBIDDEN")
    assert bench.draw(**STRANGER, X_Kiosk_Page="forged").status_code == 403
    assert bench.live()["session"] is None


def test_the_page_gets_a_code_wherever_it_is(bench: Bench) -> None:
    assert bench.draw(**STRANGER, X_Kiosk_Page=bench.proof()).status_code == 200


def test_the_machines_own_network_gets_a_code(bench: Bench) -> None:
    call_home(bench, **at("198.51.100.7"))
    assert bench.draw(**at("198.51.100.7")).status_code == 200
    assert bench.draw(**at("198.51.100.8")).status_code == 403
    assert bench.draw(X_Forwarded_For="198.51.100.7").status_code == 200  # at the function's URL


def test_in_the_cloud_nobody_behind_hosting_is_of_the_machines_network_but_its_page_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_functions_own_url = {"X_Forwarded_For": "198.51.100.7"}
    call_home(bench, **at_the_functions_own_url)
    proof = bench.proof()
    assert bench.claim(bench.code()).status_code == 200
    call_home(bench, **at_the_functions_own_url)
    bench.restart()
    monkeypatch.setattr(settings, "in_the_cloud", lambda: True)
    for forged in (at("198.51.100.7"), {"X_Forwarded_For": GOOGLE}):
        assert bench.draw(**forged).status_code == 403
        assert bench.at_kiosk("POST", "/session/end", **forged).status_code == 403
    assert bench.live()["session"] is not None
    behind_hosting = {**at("203.0.113.9"), "X_Kiosk_Page": proof}
    assert bench.draw(**behind_hosting).status_code == 200
    assert bench.draw(**at_the_functions_own_url).status_code == 200
    assert bench.at_kiosk("POST", "/session/end", **behind_hosting).status_code == 200
    assert bench.live()["session"] is None


def test_a_machine_and_its_screen_are_of_one_network_with_any_addresses_of_it(
    bench: Bench,
) -> None:
    call_home(bench, X_Forwarded_For="2001:db8:1:2::7")
    assert bench.draw(X_Forwarded_For="2001:db8:1:2:aaaa::9").status_code == 200
    assert bench.draw(X_Forwarded_For="2001:db8:1:3::7").status_code == 403


def test_a_browser_in_the_machines_network_draws_and_ends_nothing_for_another_website(
    bench: Bench,
) -> None:
    bench.claim(bench.code())
    for site, status in (("cross-site", 403), ("same-site", 200), ("same-origin", 200)):
        assert bench.draw(Sec_Fetch_Site=site).status_code == status
        ended = bench.at_kiosk("POST", "/session/end", Sec_Fetch_Site=site)
        assert ended.status_code == status
        assert (bench.live()["session"] is None) is (status == 200)
    proof = bench.proof()
    assert bench.draw(Sec_Fetch_Site="cross-site", X_Kiosk_Page=proof).status_code == 200


def test_pins_from_one_ipv6_network_are_counted_together(bench: Bench) -> None:
    bench.add_pin("123456")
    bench.handshake()
    for number in range(5):
        assert bench.enter("000000", f"2001:db8::{number}:1").status_code == 401
    assert bench.enter("000000", "2001:db8::ffff:1").status_code == 429


def test_a_caller_who_pretends_is_of_no_network_and_neither_is_a_machine(bench: Bench) -> None:
    call_home(bench, **at("198.51.100.7"))
    forged = {"Fastly_Client_IP": "198.51.100.7"}
    assert bench.draw(**STRANGER, **forged).status_code == 403
    call_home(bench, **STRANGER, **forged)
    record = bench.database.get(bench.database.path("machines", bench.uuid)) or {}
    assert record["home"] == ""
    bench.restart()
    for headers in ({**STRANGER, **forged}, at("198.51.100.7"), STRANGER, {}):
        assert bench.draw(**headers).status_code == 403


def test_a_machine_that_never_called_has_no_network_only_a_page(bench: Bench) -> None:
    assert bench.draw().status_code == 403
    assert bench.at_kiosk("POST", "/session/end").status_code == 403


def test_codes_are_limited_for_a_machine_whatever_the_callers_say(
    bench: Bench, clock: MovableClock
) -> None:
    call_home(bench, **at("198.51.100.7"))
    statuses = [
        bench.draw(**at("198.51.100.7"), X_Real_IP=f"10.0.0.{n}", User_Agent=f"browser {n}")
        for n in range(30)
    ]
    assert [answer.status_code for answer in statuses].count(200) == 10
    assert int(statuses[-1].headers["Retry-After"]) > 0
    for number in range(30):  # forged headers draw none beyond it
        headers = {**at("198.51.100.7"), "X_Forwarded_For": f"203.0.113.{number}, 198.51.100.7"}
        assert bench.draw(**headers).status_code in (403, 429)
    clock.move(seconds=2)
    assert bench.draw(**at("198.51.100.7")).status_code == 200


def test_a_neighbour_who_uses_up_the_networks_codes_leaves_the_page_its_own(bench: Bench) -> None:
    proof = bench.proof()
    assert [bench.draw().status_code for _ in range(11)][-1] == 429
    assert [bench.draw(X_Kiosk_Page=proof).status_code for _ in range(10)] == [200] * 10
    other = bench.register(name="other")
    assert bench.draw(uuid=other["uuid"]).status_code == 403  # not 429: a limit of its own


def test_a_refused_stranger_costs_no_more_than_the_cached_record(
    bench: Bench, meter: Meter
) -> None:
    bench.handshake()
    bench.restart()
    meter.reset()
    for number in range(50):
        bench.draw(X_Forwarded_For=f"203.0.113.{number}")
    assert meter.cost == (1, 1, 0)
    meter.reset()
    bench.draw()
    assert meter.cost == (2, 1, 1)


def test_a_code_is_in_no_path(bench: Bench) -> None:
    code = bench.code()
    assert bench.look(code).status_code == 200
    headers = {"Authorization": "Bearer x"}
    assert bench.kiosk.get(f"{KIOSK}/session/{code}", headers=headers).status_code in (404, 405)


@pytest.mark.parametrize("code", ["nonsense", "..", "a/b", "x" * 200, "é"])
def test_a_look_at_an_unknown_code_says_so(bench: Bench, code: str) -> None:
    assert bench.look(code).status_code == 404
    assert bench.look(code, bearer="").status_code == 401


@pytest.mark.parametrize("mode", ["open", "verified"])
def test_a_machine_looks_at_no_code(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("AUTH_MODE", mode)
    machine = token(f"machine-{bench.uuid}", machine=bench.uuid, generation=1)
    assert bench.look(bench.code(), machine).status_code == 403


def test_many_at_once_get_no_more_codes(bench: Bench) -> None:
    bench.beat()
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda _: bench.draw().status_code, range(40)))
    assert statuses.count(200) == 10
