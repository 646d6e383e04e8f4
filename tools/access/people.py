"""Who calls: the columns of the matrix."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tools.access.world import ELSEWHERE, HOME, Device, Machine, bearer


@dataclass(frozen=True)
class Held:
    """What callers hold: the device and machine that a request is about, and another machine."""

    device: Device
    machine: Machine
    other_machine: Machine


@dataclass(frozen=True)
class Identity:
    """A caller: what it is, what it sends, and from which network."""

    name: str
    meaning: str
    headers: Callable[[Held], Mapping[str, str]]
    address: str = ELSEWHERE

    def sent(self, held: Held) -> dict[str, str]:
        """The headers of its requests."""
        return {"X-Forwarded-For": self.address, **self.headers(held)}


NOBODY = "no token"
TEACHER = bearer("dosen", "instructor")
STUDENT = bearer("ani", "student")
OWNER = bearer("siti", "owner")
ADMIN = bearer("admin", "admin")


def _person(name: str, meaning: str, headers: Mapping[str, str]) -> Identity:
    return Identity(name, meaning, lambda _: headers)


IDENTITIES = (
    _person(NOBODY, "sends no token and no key; knows every name, number and uuid", {}),
    _person("signed up", "an account without one of our roles", bearer("stranger")),
    _person("student", "the account that checks in, and that the phone belongs to", STUDENT),
    _person("other student", "another account with the role student", bearer("budi", "student")),
    _person("teacher", "an instructor that the course lists as its teacher", TEACHER),
    _person("instructor", "an instructor of other courses", bearer("dosen-2", "instructor")),
    _person("owner", "the account that registered the device", OWNER),
    _person("other owner", "the owner of other devices", bearer("tono", "owner")),
    _person("technician", "an account with this role, without a PIN", bearer("dewi", "technician")),
    _person("admin", "an account with this role", ADMIN),
    Identity(
        "device", "sends the device's API key", lambda held: {"X-API-Key": held.device.api_key}
    ),
    Identity(
        "machine",
        "sends the machine's API key, from its network",
        lambda held: {"X-RVM-API-KEY": held.machine.api_key},
        HOME,
    ),
    Identity(
        "page",
        "the machine's page: sends its proof, from another network",
        lambda held: {"X-Kiosk-Page": held.machine.proof},
    ),
    Identity(
        "other page",
        "the page of another machine: sends the proof of that one",
        lambda held: {"X-Kiosk-Page": held.other_machine.proof},
    ),
    Identity("network", "a caller in the machine's network, without a proof", lambda _: {}, HOME),
    Identity(
        "PIN session",
        "a technician after a right PIN at the machine",
        lambda held: {"X-PIN-Session": held.machine.pin_session},
    ),
)


def names() -> Iterator[str]:
    """The names of all, in the order of the columns."""
    return (identity.name for identity in IDENTITIES)
