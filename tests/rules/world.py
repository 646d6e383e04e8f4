"""Who asks, what there is to ask for, and who may: a small model that does not read the rules."""

import re
from collections.abc import Iterator

from tests.rules.bench import MISSING, QUERIES, WRITES, Ask, Caller, Fields, segment
from tests.rules.mutants import ROLES
from tools.paths import ROOT

NOBODY = Caller("nobody")
STRANGER = Caller("signed up", "stranger")
ANI = Caller("student", "ani", "student")
BUDI = Caller("another student", "budi", "student")
DOSEN = Caller("teacher", "dosen", "instructor")
OTHER_DOSEN = Caller("other instructor", "dosen-2", "instructor")
SITI = Caller("owner", "siti", "owner")
OTHER_OWNER = Caller("other owner", "tono", "owner")
TECHNICIAN = Caller("technician", "dewi", "technician")
ADMIN = Caller("admin", "admin", "admin")
MACHINE = Caller("machine", "machine-m1", machine="m1", generation=2)
KIOSK = Caller("kiosk page", "kiosk-m1", machine="m1", generation=2)
OLD_MACHINE = Caller("machine with a changed key", "machine-m1", machine="m1", generation=1)
OLDEST_MACHINE = Caller("machine without generation", "machine-m1", machine="m1")
OTHER_MACHINE = Caller("other machine", "machine-m2", machine="m2")
OTHER_MACHINE_1 = Caller("other machine, first key", "machine-m2", machine="m2", generation=1)
# Tokens that nobody should have, and that Firebase would issue if somebody set such claims.
WITHOUT_ROLE = [
    NOBODY,
    STRANGER,
    Caller("student without role", "ani"),
    Caller("owner without role", "siti"),
    Caller("teacher without role", "dosen"),
    Caller("role Admin", "siti", "Admin"),
    Caller("role empty", "ani", ""),
    Caller("role 0", "siti", 0),
    Caller("role null", "siti", None),
    Caller("role true", "siti", True),
    Caller("role with a space", "dosen", "instructor "),
    Caller("roles as a list", "siti", ["admin"]),
    Caller("all roles as a list", "siti", list(ROLES)),
    Caller("roles as an object", "siti", {"admin": True}),
]
MACHINES = [
    MACHINE,
    KIOSK,
    OLD_MACHINE,
    OLDEST_MACHINE,
    OTHER_MACHINE,
    OTHER_MACHINE_1,
    Caller("machine of the next key", "machine-m1", machine="m1", generation=3),
    Caller("generation as text", "machine-m1", machine="m1", generation="2"),
    Caller("machines as a list", "machine-m1", machine=["m1"], generation=2),
]
PEOPLE = [ANI, BUDI, DOSEN, OTHER_DOSEN, SITI, OTHER_OWNER, TECHNICIAN, ADMIN]
# A user whose id, escaped, reads as another's: `a/b` is stored as `a%2Fb`.
LOOKALIKE = Caller("look-alike", "a%2Fb", "student")
USUAL = [*PEOPLE, NOBODY, STRANGER, MACHINE]
CALLERS = [*PEOPLE, *WITHOUT_ROLE, *MACHINES, LOOKALIKE]


def _course(course: str, *teachers: str) -> dict[str, Fields]:
    """A course with a session, one record and one entry by hand."""
    session = f"courses/{course}/sessions/sesi-02"
    return {
        f"courses/{course}": {"name": "Komputasi Awan", "teachers": list(teachers)},
        session: {"open": True},
        f"{session}/presences/ani": {"user_id": "ani"},
        f"{session}/marks/first": {"user_id": "ani"},
        f"rosters/{course}": {"students": "[]"},
    }


COURSE, OTHER_COURSE, ODD_COURSE = "cloud-101", "fisika-1", segment("a/b")
SESSION = f"courses/{COURSE}/sessions/sesi-02"
DOCUMENTS: dict[str, Fields] = {
    "live/dev-1": {"public": True, "owner": "budi"},
    "live/of-ani": {"public": True, "owner": "ani"},
    "live/open": {"public": True},  # of open mode, and of before there were owners
    "live/hidden": {"public": False, "owner": "budi"},
    "live/siti": {"public": True, "owner": "budi"},  # a phone named as somebody's uid
    "live_devices/1": {"public": True, "owner": "siti"},
    "live_devices/2": {"public": False, "owner": "siti"},
    "live_devices/3": {"public": False, "owner": "tono"},
    "live_devices/4": {"owner": "siti"},
    "alerts/of-siti": {"owner": "siti"},
    "alerts/of-tono": {"owner": "tono"},
    "alerts/of-nobody": {"id": 1},
    "rvm/m1": {"uuid": "m1", "generation": 2},
    "rvm/m1/events/e1": {"event": "HardwareCommandEvent"},
    "rvm/m2": {"uuid": "m2"},
    "rvm/m2/events/e1": {"event": "HardwareCommandEvent"},
    **_course(COURSE, "dosen", "dosen-3"),
    **_course(OTHER_COURSE, "dosen-2"),
    **_course(ODD_COURSE, "dosen"),
    f"{SESSION}/presences/{segment('a/b')}": {"user_id": "a/b"},
    "courses/older": {"name": "of before there were teachers"},
    "courses/older/sessions/sesi-02": {"open": True},
    "rosters/orphan": {"students": "[]"},  # of a course that is not there
}
ABSENT = [
    "live/absent", "live_devices/9", "alerts/absent", "rvm/m9", "rvm/m1/events/absent", "rvm/m9/events/e1",
    "courses/absent", f"{SESSION}x", "courses/absent/sessions/x", "rosters/absent",
    f"{SESSION}/presences/budi", f"{SESSION}/marks/absent", "courses/absent/sessions/x/presences/ani",
]  # fmt: skip
# Below what may be read, where nothing may.
NESTED = [
    "live/of-ani/more/x", "live_devices/1/more/x", "alerts/of-siti/more/x", "rvm/m1/more/x",
    "rvm/m1/events/e1/more/x", f"courses/{COURSE}/more/x", f"rosters/{COURSE}/more/x",
    f"{SESSION}/more/x", f"{SESSION}/marks/first/more/x", f"{SESSION}/presences/ani/more/x",
]  # fmt: skip
NESTED_FIELDS: Fields = {
    "owner": "siti", "public": True, "user_id": "ani", "uuid": "m1", "generation": 2,
    "teachers": ["dosen"],
}  # fmt: skip

# Every path that a store names in its docstring.
NAMED = sorted(
    {
        re.sub(r"\{[^}]*\}", "x", path)
        for store in [*(ROOT / "functions").glob("*/*/store.py"), *(ROOT / "shared").rglob("*.py")]
        for path in re.findall(r"^ *([a-z_]+/\S*\{\S+)", store.read_text("utf-8"), re.MULTILINE)
    }
)
READABLE = {
    "live/x", "live_devices/x", "alerts/x", "rvm/x", "rvm/x/events/x", "courses/x", "rosters/x",
    "courses/x/sessions/x", "courses/x/sessions/x/marks/x", "courses/x/sessions/x/presences/x",
}  # fmt: skip
CLOSED = [*(path for path in NAMED if path not in READABLE), "counters/devices", "anything/else"]
WORLD = {
    **DOCUMENTS,
    **dict.fromkeys(NESTED, NESTED_FIELDS),
    **dict.fromkeys(CLOSED, NESTED_FIELDS),
}
PATHS = [*WORLD, *ABSENT]


def may(who: Caller, how: str, path: str, *, is_open: bool = False) -> bool:
    """Whether this caller may do this. Nobody writes; a list is asked for by its collection."""
    if how in WRITES or how == "everywhere":
        return False
    *parents, last = path.split("/")
    if how == "get":
        if is_open and who.uid and _is_for_guests("/".join(parents[::2]), path):
            return True
        return _may_get(who, "/".join(parents[::2]), parents[1::2], last)
    return _may_list(who, how, "/".join([*parents, last][::2]), parents[1::2])


def _is_for_guests(kind: str, path: str) -> bool:
    """Whether AUTH_MODE=open shows a document to everybody who is signed in, without a role too."""
    if kind in ("live", "live_devices"):
        return WORLD.get(path, {"public": True}).get("public", False) is True
    return kind == "courses/sessions/presences"


def _role(who: Caller) -> str:
    """The role that counts; empty without one."""
    return who.role if isinstance(who.role, str) and who.role in ROLES else ""


def _teaches(who: Caller, course: str) -> bool:
    fields: Fields = WORLD.get(f"courses/{course}", {})
    teachers = fields.get("teachers", [])
    return _role(who) == "admin" or (_role(who) == "instructor" and who.uid in teachers)


def _is_machine(who: Caller, machine: str) -> bool:
    """Whether a token was made with the machine's key of now."""
    if _role(who) == "admin":
        return True
    if who.machine != machine:
        return False
    return who.generation == 2 if machine == "m1" else who.generation in (1, MISSING)


def _may_get(who: Caller, kind: str, above: list[str], name: str) -> bool:
    """`kind`: the collections on the way to a document; `above`: the documents on it."""
    role, path = _role(who), f"{'/'.join(_joined(kind, above))}/{name}"
    fields = WORLD.get(path)
    owns = bool(fields) and fields is not None and fields.get("owner") == who.uid
    match kind:
        case "live":
            is_anybodys = fields is None or "owner" not in fields
            is_seen = role in ("instructor", "admin") and fields is not None and fields["public"]
            return bool(role) and (is_anybodys or owns or is_seen)
        case "live_devices":
            is_seen = fields is None or fields.get("public", False) or role == "admin"
            return bool(role) and (is_seen or owns)
        case "alerts":
            return role == "admin" or (bool(role) and owns)
        case "rvm":
            return _is_machine(who, name)
        case "rvm/events":
            return _is_machine(who, above[0])
        case "courses" | "rosters":
            return _teaches(who, name)
        case "courses/sessions":
            return _teaches(who, above[0])
        case "courses/sessions/presences":
            is_own = fields is None or fields["user_id"] == who.uid
            return _teaches(who, above[0]) or (bool(role) and who.uid == name and is_own)
    return False


def _may_list(who: Caller, how: str, kind: str, above: list[str]) -> bool:
    role = _role(who)
    match kind:
        case "live":
            return how == "public" and role in ("instructor", "admin")
        case "live_devices":
            return bool(role) and (how == "own" or (how == "another's" and who.uid == "siti"))
        case "alerts":
            is_own = how == "own" or (how == "another's" and who.uid == "siti")
            return role == "admin" or (bool(role) and is_own)
        case "rvm":
            return role == "admin"
        case "rvm/events":
            return _is_machine(who, above[0])
        case "courses":
            return role == "admin" or (role == "instructor" and how == "taught")
        case "courses/sessions" | "courses/sessions/marks" | "courses/sessions/presences":
            return _teaches(who, above[0])
    return False


def _joined(kind: str, above: list[str]) -> Iterator[str]:
    """The path of a collection, of the names of its collections and of the documents above it."""
    for place, collection in enumerate(kind.split("/")):
        yield collection
        if place < len(above):
            yield above[place]


def asks(*, is_open: bool = False) -> list[Ask]:
    """Every caller at every path with every verb. Odd tokens only try to read what somebody may."""
    readable = [*DOCUMENTS, *(path.rpartition("/")[0] for path in DOCUMENTS)]
    collections = dict.fromkeys(path.rpartition("/")[0] for path in PATHS)
    queried = [path for path in collections if "/" not in path and path in readable]
    groups = dict.fromkeys(path.rpartition("/")[2] for path in collections)
    verbs = [
        *((how, path) for path in PATHS for how in ("get", "update", "delete")),
        *(("create", f"{path}-new") for path in PATHS),
        *((how, path) for path in collections for how in ("list", "own")),
        *((how, path) for path in queried for how in QUERIES if how != "own"),
        *(("everywhere", group) for group in groups),
    ]
    return [
        Ask(who, how, path, may(who, how, path, is_open=is_open))
        for who in CALLERS
        for how, path in verbs
        if who in USUAL or (how not in WRITES and path in readable)
    ]
