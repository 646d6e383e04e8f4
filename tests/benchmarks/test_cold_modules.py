"""Each module costs time at a cold start: a function loads few before its first request."""

import os
import subprocess

import pytest

from benchmarks.cold_modules import listing, loaded
from tools.paths import PYTHON, ROOT, groups

# Beyond a bare function's. Small files of our own are cheap beside libraries, so each has a bound.
MOST_OF_LIBRARIES = 75  # pydantic is 42 of them
MOST_OF_OURS = 55  # exec has two groups


@pytest.fixture(scope="module")
def floor() -> set[str]:
    return set(loaded(""))


@pytest.mark.parametrize("group", groups())
def test_a_function_loads_a_bounded_number_of_modules(floor: set[str], group: str) -> None:
    extra = [name for name in loaded(group) if name not in floor]
    ours = [name for name in extra if name.partition(".")[0] in {"shared", *groups()}]
    summary = f"beyond a bare function's {len(floor)}:\n{listing(group, extra)}"
    assert 0 < len(extra) - len(ours) <= MOST_OF_LIBRARIES, summary
    assert 0 < len(ours) <= MOST_OF_OURS, summary


def test_messages_come_without_their_clients_and_the_whole_package_later() -> None:
    code = (
        "import sys; from shared.google import pubsub, values;"
        "clients = [name for name in sys.modules if name.endswith(('async_client', '.client'))"
        " and name.startswith(('google.cloud', 'google.pubsub'))];"
        "import google.cloud.firestore, google.pubsub_v1;"
        "print(clients, google.cloud.firestore_v1.types is values.types,"
        " google.cloud.firestore.Client.__name__, google.pubsub_v1.PublisherClient.__name__)"
    )
    completed = subprocess.run(
        [PYTHON, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert completed.stdout.split() == ["[]", "True", "Client", "PublisherClient"]


@pytest.mark.parametrize("path", ["/robots.txt", "/static/x", "/favicon.ico", "/a%0Ab", "/nothing"])
def test_the_framework_hands_each_request_to_the_groups_own_app(path: str) -> None:
    code = (
        "import functions_framework;"
        "app = functions_framework.create_app('telemetry', 'main.py');"
        f"answer = app.test_client().get({path!r});"
        "print(answer.status_code, answer.text, answer.headers['Access-Control-Allow-Origin'])"
    )
    completed = subprocess.run(
        [PYTHON, "-c", code],
        cwd=ROOT / "functions" / "telemetry",
        capture_output=True,
        text=True,
        check=True,
    )
    assert completed.stdout.strip() == '404 {"ok":false,"error":"unknown_endpoint"} *'


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
    completed = subprocess.run(
        [PYTHON, "-c", code],
        cwd=ROOT / "functions" / "telemetry",
        env={**os.environ, **hosts},
        capture_output=True,
        text=True,
        check=True,
    )
    assert completed.stdout.split() == ["False", "True", "True", "True"]


def test_the_listing_names_the_largest_packages_first() -> None:
    assert listing("presence", ["b.x", "a", "b", "b.y"]) == "presence      4   b 3, a 1"
