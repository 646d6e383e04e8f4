"""A cold start pays for every module: how many a function loads before its first request."""

import os
import subprocess

import pytest

from tools.modules import listing, loaded
from tools.places import PYTHON, ROOT, groups

MOST = 100  # beyond a bare function's; pydantic is 50 of them, our own some 20


@pytest.fixture(scope="module")
def floor() -> set[str]:
    return set(loaded(""))


@pytest.mark.parametrize("group", groups())
def test_a_function_loads_a_bounded_number_of_modules(floor: set[str], group: str) -> None:
    extra = [name for name in loaded(group) if name not in floor]
    assert 0 < len(extra) <= MOST, (
        f"beyond a bare function's {len(floor)}:\n{listing(group, extra)}"
    )


def test_who_only_reads_loads_no_publisher_and_leaves_loading_behind() -> None:
    code = (
        "import functions_framework, gc, sys;"
        "usual = gc.get_threshold();"
        "functions_framework.create_app('telemetry', 'main.py');"
        "loading = gc.get_threshold();"
        "import telemetry; telemetry.open_store();"
        "print('google.pubsub_v1' in sys.modules, gc.get_freeze_count() > 10_000,"
        " loading > usual, gc.get_threshold() == usual)"
    )
    hosts = {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:1", "GOOGLE_CLOUD_PROJECT": "demo-modules"}
    done = subprocess.run(
        [PYTHON, "-c", code],
        cwd=ROOT / "functions" / "telemetry",
        env={**os.environ, **hosts},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "True", "True", "True"]


def test_the_listing_names_the_largest_packages_first() -> None:
    assert listing("presence", ["b.x", "a", "b", "b.y"]) == "presence      4   b 3, a 1"
