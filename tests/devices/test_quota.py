"""Who may register devices, and how many: also when many are registered at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from devices.store import Owner, Store
from shared.domain.devices import Device
from shared.google.writes import Write
from tests.devices.sensors import ADMIN, Sensor
from tests.meter import Meter
from tests.tokens import token

REACHED = {
    "success": False,
    "message": "You have 3 devices, as many as one owner may register",
    "code": "DEVICE_QUOTA_REACHED",
}


@pytest.fixture(autouse=True)
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVICES_PER_OWNER", "3")


@pytest.fixture
def names() -> Iterator[str]:
    return (f"S{number}" for number in count(2))


def owned(sensor: Sensor, uid: str = "owner") -> tuple[int, int]:
    """How many devices an owner has, as it is counted and as they are there."""
    counted = sensor.database.get(sensor.database.path("owners", uid)) or {}
    return counted["devices"], len(sensor.store.devices_of(uid))


@pytest.mark.parametrize("mode", ["open", "verified"])
@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 201), ("instructor", 201), ("admin", 201),
     ("student", 403), ("technician", 403), ("other", 403), (None, 403)],
)  # fmt: skip
def test_owners_instructors_and_admins_register_devices_in_both_modes(
    sensor: Sensor, monkeypatch: pytest.MonkeyPatch, mode: str, role: str | None, status: int
) -> None:
    monkeypatch.setenv("AUTH_MODE", mode)
    bearer = token("somebody", **({"role": role} if role else {}))
    answer = sensor.register("NEW", bearer)
    assert (answer.status_code, answer.get_json()["success"]) == (status, status == 201)
    assert (sensor.store.number_of("NEW") is None) == (status == 403)


def test_an_owner_may_have_so_many_devices_and_deleting_one_makes_room(
    sensor: Sensor, names: Iterator[str]
) -> None:
    assert [sensor.register(next(names)).status_code for _ in range(2)] == [201, 201]
    for _ in range(2):
        answer = sensor.register(next(names))
        assert (answer.status_code, answer.get_json()) == (403, REACHED)
    for _ in range(2):
        assert sensor.call("DELETE", "/S2").status_code in (200, 404)
    assert sensor.register(next(names)).status_code == 201
    assert sensor.register(next(names)).status_code == 403
    assert owned(sensor) == (3, 3)


def test_an_admin_may_have_more_and_0_is_no_limit(
    sensor: Sensor, names: Iterator[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        assert sensor.register(next(names), ADMIN).status_code == 201
    assert owned(sensor, "admin") == (4, 4)
    monkeypatch.setenv("DEVICES_PER_OWNER", "0")
    for _ in range(4):
        assert sensor.register(next(names)).status_code == 201


def test_a_refused_registration_stores_nothing_and_costs_two_reads(
    sensor: Sensor, names: Iterator[str], meter: Meter
) -> None:
    for _ in range(2):
        sensor.register(next(names))
    meter.reset()
    assert sensor.register(next(names)).status_code == 403
    assert meter.cost == (2, 2, 0)


def test_many_registrations_at_once_stop_at_the_border(
    sensor: Sensor, names: Iterator[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVICES_PER_OWNER", "7")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(sensor.register, [next(names) for _ in range(12)]))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {201, 403, 503}
    while 503 in statuses:  # an owner who was passed too often tries again, as the answer says
        statuses = [*filter((503).__ne__, statuses), sensor.register(next(names)).status_code]
    assert statuses.count(201) == 6
    assert owned(sensor) == (7, 7)


def test_the_same_device_registered_at_once_is_there_once(sensor: Sensor) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(sensor.register, ["TWIN"] * 6))
    assert sorted(answer.status_code for answer in answers) == [201, *[422] * 5]
    assert owned(sensor) == (2, 2)


def test_a_registration_that_others_always_overtake_asks_to_come_again(sensor: Sensor) -> None:
    class Overtaken(Store):
        def add(self, device: Device, key_hash: str, owner: Owner) -> bool:
            path = self._database.path("owners", device.owner)
            self._database.commit(Write.set(path, {"devices": 1, "x": next(others)}))
            return super().add(device, key_hash, owner)

    others = count()
    sensor.store = Overtaken(sensor.database, sensor.store._publisher)
    answer = sensor.register("LATE")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert sensor.store.number_of("LATE") is None


def test_devices_that_were_registered_before_there_was_a_quota_count(
    sensor: Sensor, names: Iterator[str], meter: Meter
) -> None:
    for _ in range(2):
        sensor.register(next(names))
    path = sensor.database.path("owners", "owner")
    sensor.database.commit(Write.delete(path))
    assert sensor.register(next(names)).status_code == 403
    assert sensor.call("DELETE", "/S2").status_code == 200
    assert sensor.register(next(names)).status_code == 201
    assert owned(sensor) == (3, 3)


def test_two_deletes_at_once_make_room_for_one_device(sensor: Sensor) -> None:
    device = sensor.store.device(sensor.id)
    assert device is not None
    assert sensor.store.delete(device, "x", sensor.clock())
    with pytest.raises(Exception, match="conflict"):
        sensor.store.delete(device, "x", sensor.clock())
    assert owned(sensor) == (0, 0)


def test_what_a_registration_and_a_delete_cost(sensor: Sensor, meter: Meter) -> None:
    meter.reset()
    assert sensor.register("NEW").status_code == 201
    assert meter.cost == (4, 2, 6)  # the name, the owner, the number, the commit
    meter.reset()
    assert sensor.register("HIDDEN", public=False).status_code == 201
    assert meter.cost == (4, 2, 5)
    meter.reset()
    assert sensor.call("DELETE", "/NEW").status_code == 200
    assert meter.cost == (6, 5, 7)


@pytest.mark.parametrize("counted", [False, True], ids=["not yet counted", "counted"])
def test_a_delete_in_the_middle_of_a_registration_is_counted(
    sensor: Sensor, names: Iterator[str], counted: bool
) -> None:
    name = next(names)
    number = sensor.register(name).get_json()["data"]["id"]
    if not counted:
        sensor.database.commit(Write.delete(sensor.database.path("owners", "owner")))

    class Deleting(Store):
        def owner(self, uid: str) -> Owner:
            owner = super().owner(uid)
            if device := before.device(number):
                assert before.delete(device, "x", sensor.clock())
            return owner

    before = sensor.store
    sensor.store = Deleting(sensor.database, before._publisher)
    assert sensor.register("NEW").status_code == 201
    assert owned(sensor) == (2, 2)


def test_a_delete_that_others_always_overtake_asks_to_come_again(sensor: Sensor) -> None:
    class Overtaken(Store):
        def owner(self, uid: str) -> Owner:
            owner = super().owner(uid)
            path = self._database.path("watches", str(sensor.id))
            self._database.commit(Write.set(path, {"x": {"is_raised": False, "n": next(others)}}))
            return owner

    others = count()
    sensor.store = Overtaken(sensor.database, sensor.store._publisher)
    sensor.store.owner("owner")
    answer = sensor.call("DELETE", f"/{sensor.id}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert owned(sensor) == (1, 1)
