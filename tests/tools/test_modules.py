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


def test_messages_come_without_their_clients_and_the_whole_package_later() -> None:
    code = (
        "import sys; from shared import documents, events;"
        "clients = [name for name in sys.modules if name.endswith(('async_client', '.client'))"
        " and name.startswith(('google.cloud', 'google.pubsub'))];"
        "import google.cloud.firestore, google.pubsub_v1;"
        "print(clients, google.cloud.firestore_v1.types is documents.types,"
        " google.cloud.firestore.Client.__name__, google.pubsub_v1.PublisherClient.__name__)"
    )
    done = subprocess.run(
        [PYTHON, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["[]", "True", "Client", "PublisherClient"]


@pytest.mark.parametrize("path", ["/robots.txt", "/static/x", "/favicon.ico", "/a%0Ab", "/nothing"])
def test_the_framework_hands_each_request_to_the_groups_own_app(path: str) -> None:
    code = (
        "import functions_framework;"
        "app = functions_framework.create_app('telemetry', 'main.py');"
        f"answer = app.test_client().get({path!r});"
        "print(answer.status_code, answer.text, answer.headers['Access-Control-Allow-Origin'])"
    )
    done = subprocess.run(
        [PYTHON, "-c", code],
        cwd=ROOT / "functions" / "telemetry",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == '404 {"ok":false,"error":"unknown_endpoint"} *'


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
