"""Where a request comes from: the CDN's word behind Hosting, the last hop elsewhere."""

import pytest
from flask import Flask

from shared.web.client import client_address, client_network

GOOGLE, GOOGLE_6 = "66.249.64.7", "2001:4860::7"
OTHER = "203.0.113.9"
NAMED = "198.51.100.7"


@pytest.fixture
def _in_the_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K_SERVICE", "kiosk")
    monkeypatch.delenv("FUNCTIONS_EMULATOR", raising=False)


def caller(forwarded: str = "", named: str = "", peer: str = OTHER) -> tuple[str, str | None]:
    """Address and network of a caller with these headers."""
    headers = {"X-Forwarded-For": forwarded, "Fastly-Client-IP": named}
    sent = {name: value for name, value in headers.items() if value}
    with Flask("x").test_request_context(headers=sent, environ_base={"REMOTE_ADDR": peer}):
        return client_address(), client_network()


@pytest.mark.usefixtures("_in_the_cloud")
@pytest.mark.parametrize("hop", [GOOGLE, GOOGLE_6, f"{OTHER}, {GOOGLE}", f" {NAMED},{GOOGLE} "])
def test_behind_hosting_the_cdn_names_the_caller_who_is_of_no_network(hop: str) -> None:
    """Programs of anybody, in Apps Script, call from these networks too, with any header."""
    assert caller(hop, NAMED) == (NAMED, None)


@pytest.mark.usefixtures("_in_the_cloud")
@pytest.mark.parametrize("hop", [OTHER, f"{GOOGLE}, {OTHER}", "127.0.0.1", "::1", "nonsense", ""])
def test_elsewhere_the_header_makes_its_sender_a_caller_of_no_network(hop: str) -> None:
    address, network = caller(hop, NAMED)
    assert network is None
    where = hop.rsplit(",")[-1].strip() or OTHER
    assert address == ("::/64" if where == "::1" else where)  # and counts as where it is


@pytest.mark.usefixtures("_in_the_cloud")
def test_without_the_header_the_last_hop_is_the_caller() -> None:
    assert caller(f"{NAMED}, {OTHER}") == (OTHER, OTHER)
    assert caller() == (OTHER, OTHER)


@pytest.mark.usefixtures("_in_the_cloud")
def test_a_hop_of_google_that_names_nobody_is_no_network() -> None:
    assert caller(GOOGLE) == (GOOGLE, None)


SAME_HOME = ("2001:db8:1:2::7", "2001:db8:1:2:ffff:1:2:3")


@pytest.mark.usefixtures("_in_the_cloud")
def test_callers_of_one_home_are_one_address_and_one_network_whatever_half_they_choose() -> None:
    home = ("2001:db8:1:2::/64",) * 2
    assert {caller(address) for address in SAME_HOME} == {home}
    assert caller("2001:db8:1:3::7") != home
    assert {caller(GOOGLE, address)[0] for address in SAME_HOME} == {home[0]}
    assert caller("::ffff:203.0.113.9") == (OTHER, OTHER)  # IPv4, written as IPv6
    assert caller("fe80::1%eth0") == ("fe80::/64",) * 2


@pytest.mark.parametrize("loopback", ["127.0.0.1", "::1"])
def test_in_a_local_run_the_loopback_counts_as_hosting(loopback: str) -> None:
    assert caller(loopback, NAMED) == (NAMED, NAMED)
    own = "::/64" if ":" in loopback else loopback
    assert caller(peer=loopback) == (own, own)
    assert caller(f"{NAMED}, {loopback}") == (own, own)
