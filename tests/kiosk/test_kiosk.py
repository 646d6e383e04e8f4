"""The screen of a machine: signed link, PINs under attack, commands, login by QR."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conftest import MovableClock
from tests.edge.machines import KIOSK, SETTINGS, STUDENT, Bench
from tests.tokens import token

ROTATED = "another key of the tests and long enough to be one"


def link_of(bench: Bench) -> str:
    return str(bench.handshake()["kiosk_url"])


def test_the_signed_link_opens_the_page(bench: Bench) -> None:
    page = bench.open_page()
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "RVM Perpustakaan" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|<style", page.text)


def test_a_changed_byte_anywhere_is_refused_by_a_page(bench: Bench) -> None:
    link = link_of(bench).removeprefix("https://simpul.test")
    refused = 0
    for index in range(len("/rvm-ui/"), len(link)):
        changed = link[:index] + ("0" if link[index] != "0" else "1") + link[index + 1 :]
        answer = bench.kiosk.get(changed)
        assert answer.status_code == 403, changed
        assert answer.mimetype == "text/html"
        refused += 1
    assert refused > 80


@pytest.mark.parametrize(
    "query",
    ["", "?expires=1", "?expires=x&signature=y", "?expires=²&signature=²", "?signature=%00&expires=9"],
)  # fmt: skip
def test_a_link_that_is_none_is_refused_by_a_page(bench: Bench, query: str) -> None:
    for uuid in (bench.uuid, bench.uuid.upper(), "x", "%00", "assets"):
        answer = bench.kiosk.get(f"/rvm-ui/{uuid}{query}")
        assert (answer.status_code, answer.mimetype) == (403, "text/html"), uuid
        assert bench.uuid not in answer.text


def test_a_link_ends_after_a_day(bench: Bench, clock: MovableClock) -> None:
    link = link_of(bench)
    clock.move(hours=24, seconds=-1)
    assert bench.open_page(link).status_code == 200
    clock.move(seconds=1)
    assert bench.open_page(link).status_code == 403


def test_the_previous_key_still_verifies_and_an_older_one_does_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = link_of(bench)
    monkeypatch.setenv("KIOSK_KEYS", f"{SETTINGS['KIOSK_KEYS']},{ROTATED}")
    assert bench.open_page(link).status_code == 200
    newer = link_of(bench)
    monkeypatch.setenv("KIOSK_KEYS", ROTATED)
    assert bench.open_page(link).status_code == 403
    assert bench.open_page(newer).status_code == 200


def test_a_link_of_a_machine_that_is_blocked_is_refused(bench: Bench) -> None:
    link = link_of(bench)
    bench.admin("PUT", f"/{bench.uuid}", json={"is_blocked": True})
    assert bench.open_page(link).status_code == 403


def test_names_from_outside_are_text_in_the_page(bench: Bench) -> None:
    hostile = '"><script>alert(1)</script>'
    bench.admin("PUT", f"/{bench.uuid}", json={"name": hostile, "place": hostile})
    page = bench.open_page()
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_what_the_page_is_made_of_is_served_and_nothing_beside_it(bench: Bench) -> None:
    answer = bench.kiosk.get("/rvm-ui/assets/kiosk.css")
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    for name in ("..%2froutes.py", "%2e%2e/routes.py", "routes.py", ""):
        assert bench.kiosk.get(f"/rvm-ui/assets/{name}").status_code in (403, 404)


def test_the_right_pin_opens_a_session_of_two_hours(bench: Bench) -> None:
    bench.add_pin("123456")
    answer = bench.enter("123456")
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["success"] is True
    assert list(body["data"]) == [
        "technician_name", "permissions", "session_token", "session_expires_at",
    ]  # fmt: skip
    assert body["data"]["technician_name"] == "Dewi"
    assert body["data"]["session_expires_at"] == "2026-02-18T12:00:00Z"


def test_a_wrong_pin_says_how_many_attempts_remain(bench: Bench) -> None:
    bench.add_pin("123456")
    for remaining in (4, 3, 2, 1, 0):
        answer = bench.enter("000000")
        body = answer.get_json()
        assert answer.status_code == 401
        assert (body["error_code"], body["remaining_attempts"]) == ("WRONG_PIN", remaining)
    answer = bench.enter("123456")
    assert (answer.status_code, answer.get_json()["retry_after"]) == (429, 60)
    assert answer.headers["Retry-After"] == "60"


def test_each_lock_is_longer_and_a_right_pin_begins_anew(bench: Bench, clock: MovableClock) -> None:
    bench.handshake()
    bench.add_pin("123456")
    for _ in range(4):
        bench.enter("000000")
    for lock in (60, 120, 240, 480, 960, 1920, 3600, 3600):
        assert bench.enter("000000").status_code == 401
        assert bench.enter("123456").get_json()["retry_after"] == lock
        clock.move(seconds=lock)
    assert bench.enter("123456").status_code == 200
    assert bench.enter("000000").get_json()["remaining_attempts"] == 4


def test_guesses_sent_all_at_once_get_no_more_tries_than_one_after_another(bench: Bench) -> None:
    bench.handshake()
    bench.add_pin("123456")
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda n: bench.enter(f"{n:06}"), range(30)))
    assert {answer.status_code for answer in answers} <= {401, 429}
    assert 1 <= sum(answer.status_code == 401 for answer in answers) <= 5


def test_ten_thousand_guesses_from_elsewhere_neither_lock_the_kiosk_nor_get_in(
    bench: Bench, clock: MovableClock
) -> None:
    proof = bench.proof()
    bench.add_pin("123456")
    bench.add_pin("004321")  # among the guesses
    statuses = []
    for number in range(10_000):
        address = f"203.0.{number // 250}.{number % 250}"
        statuses.append(bench.enter(f"{number:06}", address).status_code)
        clock.move(seconds=0.1)
    assert 200 not in statuses
    assert statuses.count(401) <= 25
    assert bench.enter("999999", X_Kiosk_Page=proof).status_code == 401
    assert bench.enter("123456", "198.51.100.1", X_Kiosk_Page=proof).status_code == 200
    assert bench.enter("123456").status_code == 200  # on the machine's own network


def test_an_admin_unlocks_a_machine(bench: Bench) -> None:
    bench.handshake()
    bench.add_pin("123456")
    for _ in range(6):
        bench.enter("000000")
    assert bench.enter("123456").status_code == 429
    answer = bench.admin("POST", f"/{bench.uuid}/unlock")
    assert answer.get_json()["data"]["unlocked_clients"] == 1
    assert bench.enter("123456").status_code == 200


def test_a_pages_proof_is_of_its_machine_only(bench: Bench) -> None:
    proof = bench.proof()
    other = bench.register(name="other")["uuid"]
    for number in range(25):
        bench.enter("000000", f"203.0.113.{number}", uuid=other, X_Kiosk_Page=proof)
    answer = bench.enter("000000", "203.0.113.99", uuid=other, X_Kiosk_Page=proof)
    assert answer.status_code == 429


def test_a_pin_of_another_machine_or_over_is_wrong(bench: Bench, clock: MovableClock) -> None:
    other = bench.register(name="other")["uuid"]
    bench.add_pin("123456", expires_in_hours=1)
    assert bench.enter("123456", uuid=other).status_code == 401
    clock.move(hours=1)
    assert bench.enter("123456").status_code == 401


@pytest.mark.parametrize("pin", ["", None, [], {"a": 1}, True, "x" * 201])
def test_a_pin_that_is_none_is_told_so(bench: Bench, pin: Any) -> None:
    answer = bench.at_kiosk("POST", "/auth/pin", {"pin": pin})
    assert answer.status_code == 422


def test_a_machine_is_named_by_header_query_or_body(bench: Bench) -> None:
    bench.beat()
    bench.add_pin("123456")
    body = {"pin": "123456", "machine_uuid": bench.uuid}
    assert bench.at_kiosk("POST", "/auth/pin", body, uuid="").status_code == 200
    bench.at_kiosk("POST", "/maintenance/end", X_PIN_Session=bench.technician())
    path = f"/session/token?machine_uuid={bench.uuid}"
    assert bench.at_kiosk("GET", path, uuid="").status_code == 200
    missing = bench.at_kiosk("POST", "/auth/pin", {"pin": "1"}, uuid="")
    assert (missing.status_code, missing.get_json()["error_code"]) == (401, "MISSING_MACHINE_UUID")
    for unknown in ("x", "00000000-0000-4000-8000-000000000000"):
        answer = bench.at_kiosk("GET", "/session/token", uuid=unknown)
        assert (answer.status_code, answer.get_json()["error_code"]) == (404, "MACHINE_NOT_FOUND")


def session(bench: Bench) -> str:
    bench.add_pin("123456")
    return str(bench.enter("123456").get_json()["data"]["session_token"])


def test_a_technicians_command_appears_on_the_channel(bench: Bench) -> None:
    sent = bench.at_kiosk(
        "POST", "/maintenance/command", {"command": "open_door"}, X_PIN_Session=session(bench)
    )
    assert sent.status_code == 200
    data = sent.get_json()["data"]
    assert (data["command"], data["status"]) == ("open_door", "sent")
    event = bench.event(data["request_id"])
    assert (event["event"], event["status"]) == ("HardwareCommandEvent", "pending")
    assert event["data"]["action"] == "open_door"
    assert event["sent_by"] == "technician:Dewi"
    assert [command["id"] for command in bench.beat()["commands"]] == [data["request_id"]]


def test_a_command_needs_a_session_of_this_machine_that_is_not_over(
    bench: Bench, clock: MovableClock
) -> None:
    token_ = session(bench)

    def send(uuid: str | None = None, **headers: str) -> TestResponse:
        return bench.at_kiosk(
            "POST", "/maintenance/command", {"command": "open_door"}, uuid, **headers
        )

    assert send().status_code == 401
    assert send(X_PIN_Session="x" + token_[1:]).status_code == 401
    other = bench.register(name="other")["uuid"]
    assert send(other, X_PIN_Session=token_).status_code == 403
    clock.move(hours=2)
    assert send(X_PIN_Session=token_).status_code == 401
    assert bench.events() == []


def test_a_session_ends_with_its_pin(bench: Bench) -> None:
    pin = bench.add_pin("123456")
    token_ = bench.enter("123456").get_json()["data"]["session_token"]
    assert bench.admin("DELETE", f"/{bench.uuid}/pins/{pin['pin_id']}").status_code == 200
    answer = bench.at_kiosk(
        "POST", "/maintenance/command", {"command": "open_door"}, X_PIN_Session=token_
    )
    assert answer.status_code == 401
    assert bench.admin("DELETE", f"/{bench.uuid}/pins/{pin['pin_id']}").status_code == 404


def test_a_page_proof_or_a_link_is_no_pin_session(bench: Bench) -> None:
    answer = bench.maintain("/command", bench.proof(), command="open_door")
    assert answer.status_code == 401


def test_a_pin_permits_only_what_it_was_given(bench: Bench) -> None:
    bench.add_pin("123456", permissions=["test_led"])
    token_ = bench.enter("123456").get_json()["data"]["session_token"]
    for command, status in (("test_led", 200), ("open_door", 403), ("self_destruct", 422)):
        answer = bench.at_kiosk(
            "POST", "/maintenance/command", {"command": command}, X_PIN_Session=token_
        )
        assert answer.status_code == status


def test_a_login_code_answers_as_the_contract_reads(bench: Bench) -> None:
    bench.beat()
    body = bench.draw().get_json()
    data = body["data"]
    assert data["expires_in"] == 300
    assert data["expires_at"] == "2026-02-18T10:05:00Z"
    assert data["qr_content"] == f"myrvm://session/{data['token']}?m={bench.uuid}"
    assert body["token"] == data["token"]
    stored = repr(
        bench.database.query(bench.database.path(), "login_tokens", order_by="created_at", limit=9)
    )
    assert data["token"] not in stored


def test_the_phone_sees_the_machine_before_it_confirms(bench: Bench) -> None:
    code = bench.code()
    assert bench.look(code).get_json()["data"]["machine"] == {
        "uuid": bench.uuid,
        "name": "RVM Perpustakaan",
        "place": "Lobi",
    }
    assert bench.look(code, bearer="").status_code == 401


def test_a_claim_greets_the_user_on_the_channel(bench: Bench) -> None:
    answer = bench.claim(bench.code())
    assert answer.status_code == 200
    data = answer.get_json()["data"]
    (event,) = bench.events()
    assert event["event"] == "SessionAuthorizedEvent"
    assert event["data"]["user_name"] == "Ani Lestari"
    assert bench.live()["session"]["session_id"] == data["session_id"]


def test_a_code_is_claimed_once_under_a_race_of_twenty_phones(bench: Bench) -> None:
    code = bench.code()
    users = [token(f"user-{n}", name=f"User {n}") for n in range(20)]
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda bearer: bench.claim(code, bearer).status_code, users))
    assert sorted(statuses) == [200] + [409] * 19
    assert [event["event"] for event in bench.events()] == ["SessionAuthorizedEvent"]


def test_a_code_ends_after_five_minutes_of_the_servers_clock(
    bench: Bench, clock: MovableClock
) -> None:
    code, used = bench.code(), bench.code()
    assert bench.claim(used).status_code == 200
    clock.move(minutes=5)
    answer = bench.claim(code)
    assert (answer.status_code, answer.get_json()["error_code"]) == (410, "TOKEN_EXPIRED")
    again = bench.claim(used)
    assert (again.status_code, again.get_json()["error_code"]) == (409, "TOKEN_CLAIMED")


@pytest.mark.parametrize("code", ["nonsense", "..", "a/b", "x" * 200, "é"])
def test_an_unknown_code_is_told_so(bench: Bench, code: str) -> None:
    assert bench.claim(code).status_code == 404
    assert bench.kiosk.post(f"{KIOSK}/session/claim", json={"token": code}).status_code == 401


def test_a_session_is_ended_by_the_screen_or_by_its_user_and_by_nobody_else(bench: Bench) -> None:
    for bearer, status in ((None, 200), (STUDENT, 200), (token("other"), 403)):
        bench.claim(bench.code())
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        answer = bench.at_kiosk("POST", "/session/end", **headers)
        assert answer.status_code == status
        assert (bench.live()["session"] is None) is (status == 200)
    assert "SessionEndedEvent" in {event["event"] for event in bench.events()}
    bench.at_kiosk("POST", "/session/end")
    assert bench.at_kiosk("POST", "/session/end").status_code == 200  # already ended


def test_codes_asked_for_too_fast_are_refused_for_a_while(
    bench: Bench, clock: MovableClock
) -> None:
    bench.beat()
    answers = [bench.draw() for _ in range(12)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 2
    clock.move(seconds=refused[0].get_json()["retry_after"])
    assert bench.draw().status_code == 200


def test_a_session_does_not_outlive_its_pin_when_the_same_digits_are_given_again(
    bench: Bench, clock: MovableClock
) -> None:
    old = bench.add_pin("123456")
    session = bench.enter("123456").get_json()["data"]["session_token"]
    bench.admin("DELETE", f"/{bench.uuid}/pins/{old['pin_id']}")
    clock.move(seconds=1)
    bench.add_pin("123456")
    answer = bench.at_kiosk(
        "POST", "/maintenance/command", {"command": "open_door"}, X_PIN_Session=session
    )
    assert answer.status_code == 401


def test_nobody_takes_over_a_session_until_it_was_left_open(
    bench: Bench, clock: MovableClock
) -> None:
    first = bench.claim(bench.code()).get_json()["data"]["session_id"]
    code = bench.code()
    answer = bench.claim(code, token("eve"))
    assert (answer.status_code, answer.get_json()["error_code"]) == (409, "MACHINE_IN_USE")
    assert bench.live()["session"]["session_id"] == first
    clock.move(minutes=30)
    assert bench.claim(bench.code(), token("eve")).status_code == 200
    assert bench.event(f"{first}-ended")["event"] == "SessionEndedEvent"


def test_nobody_logs_in_at_a_machine_in_maintenance_nor_with_a_machines_token(
    bench: Bench,
) -> None:
    code = bench.code()
    assert bench.claim(code, token("machine-x", machine=bench.uuid)).status_code == 403
    bench.admin("PUT", f"/{bench.uuid}", json={"policy": {"is_maintenance_mode": True}})
    answer = bench.claim(code)
    assert (answer.status_code, answer.get_json()["error_code"]) == (409, "MACHINE_IN_MAINTENANCE")


def test_a_session_is_ended_from_elsewhere_by_nobody_and_late_calls_change_nothing(
    bench: Bench,
) -> None:
    bench.handshake()
    session = bench.claim(bench.code()).get_json()["data"]["session_id"]
    far = {"X_Forwarded_For": "203.0.113.9"}
    assert bench.at_kiosk("POST", "/session/end", **far).status_code == 403
    late = bench.at_kiosk("POST", "/session/end", {"session_id": "an older one"})
    assert late.status_code == 200
    assert bench.live()["session"]["session_id"] == session
    assert bench.at_kiosk("POST", "/session/end", {"session_id": session}).status_code == 200
    assert bench.live()["session"] is None


def test_right_pins_from_elsewhere_do_not_use_up_its_tries(bench: Bench) -> None:
    bench.handshake()
    bench.add_pin("123456")
    for _ in range(30):
        assert bench.enter("123456", "203.0.113.7").status_code == 200
    for number in range(19):
        assert bench.enter("000000", f"203.0.113.{number}").status_code == 401


def test_who_comes_through_the_same_cdn_as_the_machine_is_not_at_home(bench: Bench) -> None:
    cdn = {"X_Forwarded_For": "198.51.100.7, 66.249.64.1"}
    home, stranger = {"Fastly_Client_IP": "198.51.100.7"}, {"Fastly_Client_IP": "203.0.113.9"}
    headers = {name.replace("_", "-"): value for name, value in {**cdn, **home}.items()}
    assert bench.send("/heartbeat", {}, **headers).status_code == 200
    bench.add_pin("123456")
    for _ in range(25):
        bench.enter("000000", **cdn, **stranger)
    assert bench.enter("123456", **cdn, **stranger).status_code == 429
    assert bench.enter("123456", **cdn, **home).status_code == 200
