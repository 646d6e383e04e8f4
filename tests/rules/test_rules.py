"""Who may read what; that nobody writes; and that each condition of the rules is held by a test."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.rules.bench import MISSING, RULES, WRITES, Ask, Rules, opened, segment
from tests.rules.mutants import Mutant, mutants
from tests.rules.world import (
    ADMIN,
    ANI,
    BUDI,
    CALLERS,
    CLOSED,
    COURSE,
    DOSEN,
    KIOSK,
    LOOKALIKE,
    MACHINE,
    NAMED,
    NESTED,
    NOBODY,
    OLD_MACHINE,
    OLDEST_MACHINE,
    OTHER_DOSEN,
    OTHER_MACHINE,
    OTHER_OWNER,
    PATHS,
    READABLE,
    SESSION,
    SITI,
    STRANGER,
    TECHNICIAN,
    WITHOUT_ROLE,
    WORLD,
    asks,
    may,
)

THREADS = 2
PRESENCES = "/courses/{course}/sessions/{session}/presences/{user}"
# Mutants that mean the same, each with its reason.
EQUIVALENT = {
    "/live/{device}: allow list → read": "who lists the public ones may get each",
    "/live_devices/{number}: allow list → read": "an owner may get their own",
    "/rvm/{machine}: allow list → read": "admins may get each",
    "/rvm/{machine}: allow get → read": "a list names no machine; admins may list",
    f"{PRESENCES}: allow list → read": "a teacher may get each",
}
WITHOUT_A_ROLE = {who.uid: who for who in WITHOUT_ROLE if who.role is MISSING}
OF_EACH_KIND = [
    "live/dev-1", "live_devices/1", "alerts/of-siti", "rvm/m1", "rvm/m1/events/e1",
    f"courses/{COURSE}", f"rosters/{COURSE}", SESSION, f"{SESSION}/marks/first",
    f"{SESSION}/presences/ani",
]  # fmt: skip

# By hand, beside the model: a sentence of the issue or the docs each.
BY_HAND = [
    Ask(BUDI, "get", "live/dev-1", allowed=True),  # the phone is theirs
    Ask(ANI, "get", "live/dev-1"),
    Ask(STRANGER, "get", "live/dev-1"),
    Ask(STRANGER, "get", "live/open"),
    Ask(STRANGER, "get", "live/absent"),
    Ask(NOBODY, "get", "live/open"),
    Ask(ANI, "get", "live/open", allowed=True),
    Ask(ANI, "get", "live/absent", allowed=True),  # a listener may wait
    Ask(DOSEN, "get", "live/dev-1", allowed=True),
    Ask(DOSEN, "list", "live"),
    Ask(DOSEN, "public", "live", allowed=True),
    Ask(ANI, "public", "live"),
    Ask(TECHNICIAN, "public", "live"),
    Ask(ANI, "get", "live_devices/1", allowed=True),
    Ask(ANI, "get", "live_devices/2"),
    Ask(DOSEN, "get", "live_devices/2"),
    Ask(SITI, "get", "live_devices/2", allowed=True),
    Ask(OTHER_OWNER, "get", "live_devices/2"),
    Ask(ADMIN, "get", "live_devices/2", allowed=True),
    Ask(STRANGER, "get", "live_devices/1"),
    Ask(STRANGER, "own", "live_devices"),
    Ask(STRANGER, "own", "alerts"),
    Ask(STRANGER, "public", "live"),
    Ask(SITI, "get", "live/dev-1"),
    Ask(TECHNICIAN, "get", "live/dev-1"),
    Ask(WITHOUT_A_ROLE["ani"], "get", f"{SESSION}/presences/ani"),
    Ask(WITHOUT_A_ROLE["dosen"], "get", SESSION),
    Ask(WITHOUT_A_ROLE["siti"], "get", "live_devices/2"),
    Ask(DOSEN, "get", "courses/fisika-1"),
    Ask(DOSEN, "get", "courses/fisika-1/sessions/sesi-02"),
    Ask(SITI, "own", "live_devices", allowed=True),
    Ask(OTHER_OWNER, "another's", "live_devices"),
    Ask(SITI, "get", "alerts/of-siti", allowed=True),
    Ask(OTHER_OWNER, "get", "alerts/of-siti"),
    Ask(OTHER_OWNER, "another's", "alerts"),
    Ask(DOSEN, "get", f"courses/{COURSE}", allowed=True),
    Ask(OTHER_DOSEN, "get", f"courses/{COURSE}"),
    Ask(OTHER_DOSEN, "get", SESSION),
    Ask(OTHER_DOSEN, "get", f"rosters/{COURSE}"),
    Ask(OTHER_DOSEN, "list", f"{SESSION}/presences"),
    Ask(OTHER_DOSEN, "list", f"{SESSION}/marks"),
    Ask(DOSEN, "list", f"{SESSION}/presences", allowed=True),
    Ask(DOSEN, "get", "courses/older"),
    Ask(ADMIN, "get", "courses/older", allowed=True),
    Ask(DOSEN, "list", "courses"),
    Ask(DOSEN, "taught", "courses", allowed=True),
    Ask(ADMIN, "list", "courses", allowed=True),
    Ask(ANI, "get", f"{SESSION}/presences/ani", allowed=True),
    Ask(BUDI, "get", f"{SESSION}/presences/ani"),
    Ask(ANI, "list", f"{SESSION}/presences"),
    Ask(LOOKALIKE, "get", f"{SESSION}/presences/{segment('a/b')}"),
    Ask(MACHINE, "get", "rvm/m1", allowed=True),
    Ask(KIOSK, "list", "rvm/m1/events", allowed=True),
    Ask(OLD_MACHINE, "get", "rvm/m1"),
    Ask(OLD_MACHINE, "list", "rvm/m1/events"),
    Ask(OLDEST_MACHINE, "get", "rvm/m1/events/e1"),
    Ask(OTHER_MACHINE, "get", "rvm/m1"),
    Ask(OTHER_MACHINE, "get", "rvm/m2", allowed=True),  # a machine whose key was never changed
    Ask(OTHER_MACHINE, "list", "rvm/m2/events", allowed=True),
    Ask(TECHNICIAN, "get", "rvm/m1"),
    Ask(TECHNICIAN, "get", "live/open", allowed=True),
    Ask(DOSEN, "list", f"courses/{COURSE}/sessions", allowed=True),
    Ask(DOSEN, "list", f"{SESSION}/marks", allowed=True),
    Ask(DOSEN, "get", f"{SESSION}/marks/first"),
    Ask(DOSEN, "get", f"{SESSION}/presences/ani", allowed=True),
    Ask(DOSEN, "get", f"rosters/{COURSE}", allowed=True),
    Ask(ADMIN, "list", "rosters"),
    *(
        Ask(ADMIN, how, path, allowed=True)
        for how, path in [
            ("public", "live"),
            ("get", "alerts/of-siti"),
            ("list", "alerts"),
            ("list", "rvm"),
            ("get", "rvm/m1"),
            ("get", "rvm/m1/events/e1"),
            ("list", "rvm/m1/events"),
            ("get", SESSION),
        ]
    ),
    *(Ask(who, "get", path) for who in (ADMIN, SITI, DOSEN, MACHINE) for path in NESTED),
    *(
        Ask(who, how, path)
        for who in (ADMIN, DOSEN, SITI, BUDI, ANI, MACHINE)
        for path in OF_EACH_KIND
        for how in WRITES
    ),
]


# In AUTH_MODE=open, by those who have no role, and beside the model: what the functions tell everybody.
BY_HAND_OPEN = [
    Ask(STRANGER, "get", "live/dev-1", allowed=True),
    Ask(STRANGER, "get", "live/open", allowed=True),
    Ask(STRANGER, "get", "live/absent", allowed=True),
    Ask(STRANGER, "get", "live/hidden"),
    Ask(STRANGER, "public", "live"),
    Ask(STRANGER, "get", "live_devices/1", allowed=True),
    Ask(STRANGER, "get", "live_devices/2"),
    Ask(STRANGER, "get", "live_devices/4"),
    Ask(STRANGER, "get", "live_devices/9", allowed=True),
    Ask(STRANGER, "own", "live_devices"),
    Ask(STRANGER, "get", f"{SESSION}/presences/ani", allowed=True),
    Ask(STRANGER, "get", f"{SESSION}/presences/budi", allowed=True),  # absent: a listener may wait
    Ask(STRANGER, "list", f"{SESSION}/presences"),
    Ask(STRANGER, "list", f"{SESSION}/marks"),
    Ask(STRANGER, "get", SESSION),
    Ask(STRANGER, "get", f"rosters/{COURSE}"),
    Ask(STRANGER, "get", f"courses/{COURSE}"),
    Ask(STRANGER, "get", "rvm/m1"),
    Ask(STRANGER, "get", "alerts/of-siti"),
    *(
        Ask(NOBODY, "get", path)
        for path in ("live/open", "live_devices/1", f"{SESSION}/presences/ani")
    ),
    *(Ask(STRANGER, how, path) for path in OF_EACH_KIND for how in WRITES),
]


@pytest.fixture(scope="module")
def rules(firestore_host: str) -> Iterator[Rules]:
    with closing(Rules(firestore_host, WORLD)) as project:
        yield project


def test_the_paths_of_every_store_are_asked_for() -> None:
    assert len(NAMED) >= 14
    assert set(NAMED) >= READABLE
    assert set(NAMED) - READABLE <= set(WORLD)
    assert {"telemetry/x/gps/x", "telemetry/x/accel/x", "tokens/x", "keys/x"} <= set(CLOSED)


@pytest.fixture(scope="module")
def open_rules(firestore_host: str) -> Iterator[Rules]:
    with closing(Rules(firestore_host, WORLD, opened(RULES))) as project:
        yield project


@pytest.mark.parametrize("ask", BY_HAND_OPEN, ids=str)
def test_in_open_mode_an_app_without_accounts_gets_what_the_functions_tell_everybody(
    open_rules: Rules, ask: Ask
) -> None:
    assert may(ask.who, ask.how, ask.path, is_open=True) is ask.allowed, "the model says otherwise"
    assert open_rules.allows(ask) is ask.allowed


def test_in_open_mode_too_everybody_may_read_what_the_model_says(open_rules: Rules) -> None:
    """One caller of each kind: the mode asks for no role, and for no other claim."""
    kinds = (NOBODY, STRANGER, ANI, DOSEN)
    reads = [ask for ask in asks(is_open=True) if ask.who in kinds and ask.how not in WRITES]
    assert opened(RULES) != RULES
    assert [str(ask) for ask in open_rules.differing(reads)] == []


@pytest.mark.parametrize("ask", BY_HAND, ids=str)
def test_documents_are_read_by_whom_they_are_for(rules: Rules, ask: Ask) -> None:
    assert may(ask.who, ask.how, ask.path) is ask.allowed, "the model says otherwise"
    assert rules.allows(ask) is ask.allowed


def test_every_identity_at_every_path_with_every_verb_may_what_the_model_says(
    rules: Rules, record_property: Callable[[str, object], None]
) -> None:
    every = asks()
    verbs = {ask.how for ask in every}
    record_property("tried", f"{len(CALLERS)} identities x {len(PATHS)} paths x {len(verbs)} verbs")
    assert len(CALLERS) >= 10
    assert len(PATHS) >= 40
    assert {"get", "list", *WRITES} <= verbs
    assert len(every) >= 10 * 40 * 4
    assert [str(ask) for ask in rules.differing(every)] == []


def test_every_change_of_the_rules_is_noticed(
    firestore_host: str, record_property: Callable[[str, object], None]
) -> None:
    changes = list(mutants(RULES))
    record_property("mutants", len(changes))
    assert set(EQUIVALENT) < {mutant.change for mutant in changes}
    trials = [mutant for mutant in changes if mutant.change not in EQUIVALENT]
    assert len(trials) >= 180
    shares = [trials[part::THREADS] for part in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        found = pool.map(lambda share: list(_unnoticed(firestore_host, share)), shares)
    assert [f"line {each.line}: {each.change}" for part in found for each in part] == []


def _unnoticed(host: str, changes: list[Mutant]) -> Iterator[Mutant]:
    """The mutants under which every attempt ends as it must, in both modes."""
    verified, with_open = [*BY_HAND, *asks()], [*BY_HAND_OPEN, *asks(is_open=True)]
    with closing(Rules(host, WORLD)) as project:
        for mutant in changes:
            modes = ((mutant.text, verified), (opened(mutant.text), with_open))
            if not any(_tells(project, mutant, text, ordered) for text, ordered in modes):
                yield mutant


def _tells(project: Rules, mutant: Mutant, text: str, ordered: list[Ask]) -> bool:
    """Whether one of these attempts ends otherwise under the text; it is the first to try next."""
    project.use(text)
    telling = (ask for ask in ordered if _concerns(mutant, ask))
    difference = next(project.differing(telling), None)
    if difference is None:
        return False
    ordered.remove(difference)
    ordered.insert(0, difference)  # what told this one may tell the next one
    if difference.how in WRITES:
        project.put(WORLD)
    return True


def _concerns(mutant: Mutant, ask: Ask) -> bool:
    """Whether the change can change the answer.

    No statement allows a write, unless the mutant does. A block is asked for what begins as its
    path.
    """
    if (ask.how in WRITES) is not mutant.change.endswith("write"):
        return False
    beginning = mutant.block.split("/")[1:2]
    return ask.how == "everywhere" or not beginning or ask.path.split("/")[:1] == beginning
