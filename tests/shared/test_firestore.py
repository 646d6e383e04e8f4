"""Commits whose answers are lost: sent again, they meet themselves and know it."""

import uuid
from typing import Any

import pytest
from google.api_core import exceptions

from shared.google.emulator import channel, signed
from shared.google.firestore import AlreadyExists, Database, PreconditionFailed
from shared.google.writes import Write
from tests.conftest import MovableClock
from tests.edge.machines import SETTINGS, Bench
from tests.topic import Topic


class Network(Database):
    """A database behind a network that loses the answer of the next commit."""

    loses = False

    def __init__(self, host: str) -> None:
        super().__init__(channel(host), f"demo-{uuid.uuid4().hex[:12]}", headers=signed())
        self._sent, self._commit = self._commit, self._lossy

    def _lossy(self, *given: Any, **how: Any) -> Any:
        answer = self._sent(*given, **how)
        if self.loses:
            self.loses = False
            raise exceptions.ServiceUnavailable("lost")  # type: ignore[no-untyped-call]
        return answer


@pytest.fixture
def network(firestore_host: str) -> Network:
    return Network(firestore_host)


def test_a_create_that_meets_itself_has_succeeded(network: Network) -> None:
    network.loses = True
    network.commit(Write.create(network.path("things", "a"), {"by": "me", "at": 1.5, "list": [1]}))
    assert network.get(network.path("things", "a")) == {"by": "me", "at": 1.5, "list": [1]}


def test_a_create_that_meets_another_has_not(network: Network) -> None:
    name = network.path("things", "b")
    network.commit(Write.set(name, {"by": "somebody"}))
    network.loses = True  # and there is nothing to lose: the commit fails by itself
    with pytest.raises(AlreadyExists):
        network.commit(Write.create(name, {"by": "me"}))


def test_a_replacement_and_a_removal_that_meet_themselves_have_succeeded(network: Network) -> None:
    name = network.path("things", "c")
    network.commit(Write.set(name, {"n": 1}))
    _, version = network.get_with_update_time(name)
    network.loses = True
    network.commit(Write.replace(name, {"n": 2}, version))
    with pytest.raises(PreconditionFailed):
        network.commit(Write.replace(name, {"n": 3}, version))
    network.loses = True
    network.commit(Write.delete(name, must_exist=True))
    with pytest.raises(PreconditionFailed):
        network.commit(Write.delete(name, must_exist=True))


@pytest.fixture
def machine(
    network: Network, topic: Topic, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> Bench:
    for name, value in {**SETTINGS, "GOOGLE_CLOUD_PROJECT": "demo-loaded"}.items():
        monkeypatch.setenv(name, value)
    return Bench(network, topic.publisher, clock)


def test_a_command_whose_answer_was_lost_is_sent_once(machine: Bench, network: Network) -> None:
    network.loses = True
    sent = machine.command("open_door")
    assert [event["data"]["id"] for event in machine.events()] == [sent]
    network.loses = True
    assert [command["id"] for command in machine.beat()["commands"]] == [sent]


def test_a_claim_whose_answer_was_lost_logs_its_user_in(machine: Bench, network: Network) -> None:
    code = machine.code()
    network.loses = True
    assert machine.claim(code).status_code == 200
    assert machine.claim(code).status_code == 409


def test_a_drawn_pin_whose_answer_was_lost_is_shown(machine: Bench, network: Network) -> None:
    network.loses = True
    made = machine.add_pin("424242")
    network.loses = True
    assert machine.admin("DELETE", f"/{machine.uuid}/pins/{made['pin_id']}").status_code == 200
