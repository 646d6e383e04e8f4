"""What a machine's key was used for ends with the key: links, proofs, sign-ins, sessions, codes."""

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import pytest

from shared.domain import signing
from shared.google.writes import Write
from tests.conftest import MovableClock
from tests.edge.machines import SETTINGS, Bench, of_page
from tests.meter import Meter
from tests.rules.bench import RULES
from tests.tokens import token

Ends = Callable[[Bench], object]


def new_key(bench: Bench) -> None:
    """The machine gets another key, and uses it."""
    answer = bench.admin("POST", f"/{bench.uuid}/key")
    bench.api_key = answer.get_json()["data"]["api_key"]


def block(bench: Bench) -> None:
    """The machine is blocked, and allowed again."""
    for is_blocked in (True, False):
        bench.admin("PUT", f"/{bench.uuid}", json={"is_blocked": is_blocked})


each_end = pytest.mark.parametrize("end", [new_key, block])


@each_end
def test_links_proofs_codes_and_pin_sessions_of_the_key_before_are_over(
    bench: Bench, clock: MovableClock, end: Ends
) -> None:
    link = str(bench.handshake()["kiosk_url"])
    proof, code = of_page("proof", bench.open_page(link)), bench.code()
    bench.add_pin("123456")
    session = bench.technician()
    assert bench.maintain("/command", session, command="open_door").status_code == 200
    end(bench)
    clock.move(seconds=6)
    far = {"X_Forwarded_For": "203.0.113.9"}
    assert bench.open_page(link).status_code == 403
    assert bench.draw(**far, X_Kiosk_Page=proof).status_code == 403
    renewed = bench.at_kiosk("POST", "/page/renew", X_Kiosk_Page=proof)
    assert (renewed.status_code, renewed.get_json()["error_code"]) == (401, "PAGE_PROOF_INVALID")
    assert bench.claim(code).status_code == 410
    assert bench.look(code).status_code == 410
    assert bench.maintain("/command", session, command="open_door").status_code == 401
    assert bench.draw(**far, X_Kiosk_Page=bench.proof()).status_code == 200
    assert bench.claim(bench.code()).status_code == 200


@each_end
def test_a_page_of_the_new_key_is_good_where_the_record_is_still_an_old_one(
    bench: Bench, end: Ends
) -> None:
    bench.open_page()  # the kiosk's instance reads the record and keeps it
    end(bench)
    page = bench.open_page()
    assert page.status_code == 200
    proof = of_page("proof", page)
    renewed = bench.at_kiosk("POST", "/page/renew", X_Kiosk_Page=proof).get_json()["data"]["proof"]
    bench.restart()
    far = {"X_Forwarded_For": "203.0.113.9"}
    assert bench.draw(**far, X_Kiosk_Page=renewed).status_code == 200


def only_block(bench: Bench) -> None:
    bench.admin("PUT", f"/{bench.uuid}", json={"is_blocked": True})


@pytest.mark.parametrize("end", [new_key, block, only_block])
def test_at_once_no_session_commands_and_no_code_logs_in_where_the_record_is_still_an_old_one(
    bench: Bench, end: Ends
) -> None:
    bench.add_pin("123456")
    proof, code = bench.proof(), bench.code()
    session = bench.technician()
    bench.maintain("/end", session)
    bench.clock.move(seconds=1)
    session = bench.technician()
    end(bench)
    assert bench.maintain("/command", session, command="open_door").status_code in (401, 403)
    assert bench.claim(code).status_code in (403, 410)
    assert bench.draw(X_Forwarded_For="203.0.113.9", X_Kiosk_Page=proof).status_code == 403
    live = bench.live()
    assert (live["maintenance"], live["session"]) == (None, None)
    assert bench.events() == []


def test_no_pin_begins_a_maintenance_at_a_machine_that_was_blocked_just_now(bench: Bench) -> None:
    bench.add_pin("123456")
    bench.handshake()
    bench.draw()  # the kiosk's instance reads the record and keeps it
    only_block(bench)
    answer = bench.enter("123456")
    assert (answer.status_code, answer.get_json()["error_code"]) == (403, "MACHINE_BLOCKED")
    assert bench.live()["maintenance"] is None


def test_what_begins_after_a_key_change_is_good_where_the_record_is_still_an_old_one(
    bench: Bench,
) -> None:
    bench.add_pin("123456")
    bench.open_page()
    new_key(bench)
    code = bench.code()
    session = bench.technician()
    assert bench.maintain("/command", session, command="open_door").status_code == 200
    bench.maintain("/end", session)
    bench.restart()
    assert bench.claim(code).status_code == 200


@each_end
def test_who_is_logged_in_is_logged_out(bench: Bench, end: Ends) -> None:
    assert bench.claim(bench.code()).status_code == 200
    end(bench)
    assert bench.live()["session"] is None
    assert bench.claim(bench.code()).status_code == 200


@each_end
def test_at_once_the_tokens_of_the_key_before_read_nothing(
    bench: Bench, firestore_host: str, end: Ends
) -> None:
    reader = Reader(bench, firestore_host)
    bench.command()
    before = sign_ins(bench)
    assert [reader.reads(each) for each in before] == [[200, 200]] * 2
    end(bench)
    assert [reader.reads(each) for each in before] == [[403, 403]] * 2
    assert [reader.reads(each) for each in sign_ins(bench)] == [[200, 200]] * 2


def test_a_machine_from_before_generations_is_of_the_first_one(
    bench: Bench, firestore_host: str
) -> None:
    reader = Reader(bench, firestore_host)
    for collection in ("machines", "rvm"):
        path = bench.database.path(collection, bench.uuid)
        fields = bench.database.get(path) or {}
        bench.database.commit(
            Write.set(path, {k: v for k, v in fields.items() if k != "generation"})
        )
    bench.restart()
    without_claim = token(f"machine-{bench.uuid}", machine=bench.uuid)
    assert reader.read(without_claim, "") == 200
    assert reader.reads(sign_ins(bench)[0])[0] == 200
    new_key(bench)
    assert reader.read(without_claim, "") == 403
    assert bench.live()["generation"] == 2


class Reader:
    """Reads a machine's channel under our rules, with an ID token."""

    def __init__(self, bench: Bench, host: str) -> None:
        self._path = bench.database.path("rvm", bench.uuid)
        self._host = host
        project = self._path.split("/")[1]
        rules = {"rules": {"files": [{"name": "firestore.rules", "content": RULES}]}}
        path = f"/emulator/v1/projects/{project}:securityRules"
        assert self._send("PUT", path, body=json.dumps(rules)) == 200

    def reads(self, bearer: str) -> list[int]:
        """The statuses of the state and of its events."""
        return [self.read(bearer, path) for path in ("", "/events")]

    def read(self, bearer: str, path: str) -> int:
        headers = {"Authorization": f"Bearer {bearer}"}
        return self._send("GET", f"/v1/{self._path}{path}", headers=headers)

    def _send(self, method: str, path: str, **content: Any) -> int:
        connection = HTTPConnection(self._host)
        connection.request(method, path, **content)
        status = connection.getresponse().status
        connection.close()
        return status


def sign_ins(bench: Bench) -> list[str]:
    """ID tokens as Firebase issues them for the custom tokens of the machine and its page."""
    started = bench.handshake()
    page = of_page("sign-in", bench.open_page(started["kiosk_url"]))
    return [id_token(custom) for custom in (started["ws_auth_token"], page)]


def id_token(custom: str) -> str:
    part = custom.split(".")[1]
    content = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return token(content["uid"], **content["claims"])


def test_a_forged_link_is_refused_without_a_read_and_an_old_one_after_the_cached_read(
    bench: Bench, clock: MovableClock, meter: Meter
) -> None:
    link = str(bench.handshake()["kiosk_url"])
    base, _, signature = link.rpartition("=")
    assert signature.startswith("1.")
    bench.restart()
    meter.reset()
    for forged in (
        "2" + signature[1:],
        signature[2:],
        "",
        "x" * 40,
        "0" + signature,
        "²" + signature[1:],
    ):
        assert bench.open_page(f"{base}={forged}").status_code == 403, forged
    assert meter.cost == (0, 0, 0)
    new_key(bench)
    clock.move(seconds=6)
    meter.reset()
    for _ in range(3):
        assert bench.open_page(link).status_code == 403
    assert meter.cost == (1, 1, 0)


def test_a_link_keeps_its_two_fields(bench: Bench) -> None:
    _, _, query = str(bench.handshake()["kiosk_url"]).partition("?")
    assert [field.partition("=")[0] for field in query.split("&")] == ["expires", "signature"]


def test_a_pages_proof_ends_after_an_hour_and_is_renewed_while_it_is_good(
    bench: Bench, clock: MovableClock
) -> None:
    proof, first = (bench.proof(),) * 2
    for _ in range(4):
        clock.move(minutes=45)
        answer = bench.at_kiosk("POST", "/page/renew", X_Kiosk_Page=proof)
        assert answer.status_code == 200
        proof = answer.get_json()["data"]["proof"]
    assert answer.get_json()["data"]["expires_at"] == "2026-02-18T14:00:00Z"
    far = {"X_Forwarded_For": "203.0.113.9"}
    assert bench.draw(**far, X_Kiosk_Page=first).status_code == 403
    assert bench.draw(**far, X_Kiosk_Page=proof).status_code == 200
    clock.move(hours=1)
    for over in (first, proof, "", "x"):
        assert bench.at_kiosk("POST", "/page/renew", X_Kiosk_Page=over).status_code == 401
        assert bench.draw(**far, X_Kiosk_Page=over).status_code == 403


def test_a_proof_is_renewed_for_its_machine_only_and_costs_nothing(
    bench: Bench, meter: Meter
) -> None:
    proof = bench.proof()
    other = bench.register(name="other")["uuid"]
    assert bench.at_kiosk("POST", "/page/renew", uuid=other, X_Kiosk_Page=proof).status_code == 401
    meter.reset()
    assert bench.at_kiosk("POST", "/page/renew", X_Kiosk_Page=proof).status_code == 200
    assert meter.cost == (0, 0, 0)


def test_a_proof_or_session_from_before_generations_is_over(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_KEYS", SETTINGS["KIOSK_KEYS"])
    bench.add_pin("123456")
    old = signing.sealed("kiosk page", {"machine": bench.uuid})
    assert bench.draw(X_Kiosk_Page=old).status_code == 403
    assert bench.at_kiosk("POST", "/page/renew", X_Kiosk_Page=old).status_code == 401
    far_ahead = {"machine": bench.uuid, "pin": "x", "expires": 10**14, "pin_created": 0}
    session = signing.sealed("pin session", far_ahead)
    assert bench.maintain("/command", session, command="open_door").status_code == 401


def test_changing_anything_else_ends_nothing(bench: Bench) -> None:
    link = str(bench.handshake()["kiosk_url"])
    bench.admin("PUT", f"/{bench.uuid}", json={"name": "another", "is_blocked": False})
    bench.restart()
    assert bench.open_page(link).status_code == 200


def test_a_key_change_costs_two_writes(bench: Bench, meter: Meter) -> None:
    meter.reset()
    bench.admin("POST", f"/{bench.uuid}/key")
    assert meter.cost == (3, 2, 2)


def test_of_key_changes_at_once_each_begins_a_generation_and_the_last_key_is_good(
    bench: Bench,
) -> None:
    def change(_: int) -> int:
        return bench.admin("POST", f"/{bench.uuid}/key").status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(change, range(4)))
    assert set(statuses) <= {200, 503}
    record = bench.database.get(bench.database.path("machines", bench.uuid)) or {}
    assert record["generation"] == bench.live()["generation"] == 1 + statuses.count(200)


def test_generations_never_go_back(bench: Bench) -> None:
    before = bench._edge_store.machine(bench.uuid)
    assert before is not None
    new_key(bench)
    new_key(bench)
    # By an admin who had read the record long ago.
    bench._edge_store.change(before, {"is_blocked": True})
    assert bench.live()["generation"] == 4
