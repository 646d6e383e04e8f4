"""Models from a real S3 server: read, downloaded in parts, checked; and a bucket that is down."""

import hashlib
from collections.abc import Iterator

import pytest
import requests
from werkzeug.test import TestResponse

from tests.conftest import MovableClock
from tests.edge.machines import EDGE, Bench
from tests.web import Loopback, QuietHandler
from tools import bucket
from tools.processes import free_ports

SECRET = "demo-secret-of-the-bucket"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """An S3 server with the demo's model in its bucket."""
    (number,) = free_ports(1)
    process = bucket.start(number, tmp_path_factory.mktemp("bucket"))
    yield number
    process.stop()


@pytest.fixture
def with_bucket(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_SECRET_KEY", SECRET)
    for name, value in bucket.settings(port).items():
        monkeypatch.setenv(name, value)


def sync(bench: Bench, **query: str) -> TestResponse:
    answer: TestResponse = bench.edge.get(
        f"{EDGE}/model-sync", query_string=query, headers={"X-RVM-API-KEY": bench.api_key}
    )
    return answer


def update(bench: Bench, **query: str) -> dict[str, object]:
    answer = sync(bench, **query)
    assert answer.status_code == 200, answer.text
    body: dict[str, object] = answer.get_json()
    return body


@pytest.mark.usefixtures("with_bucket")
def test_an_older_machine_downloads_the_active_version_and_checks_it(bench: Bench) -> None:
    body = update(bench, model_name="rvm-detector", current_version="1.0.0")
    assert (body["status"], body["success"]) == ("success", True)
    data = body["data"]
    assert isinstance(data, dict)
    assert list(data) == [
        "update_available", "model_name", "latest_version", "current_version", "sha256_hash",
        "file_size", "download_url",
    ]  # fmt: skip
    assert body["latest_version"] == data["latest_version"] == bucket.VERSION
    url, size, parts = data["download_url"], data["file_size"], b""
    while len(parts) < size:
        headers = {"Range": f"bytes={len(parts)}-{len(parts) + 99_999}"}
        part = requests.get(url, headers=headers, timeout=10)
        assert part.status_code == 206
        parts += part.content
    assert len(parts) == size
    assert hashlib.sha256(parts).hexdigest() == data["sha256_hash"]
    assert SECRET not in url
    assert "X-Amz-Expires=3600" in url


@pytest.mark.usefixtures("with_bucket")
def test_a_machine_that_runs_the_active_version_has_nothing_to_do(bench: Bench) -> None:
    body = update(bench, model_name="rvm-detector", current_version=bucket.VERSION)
    assert body["data"] == {"update_available": False}


@pytest.mark.usefixtures("with_bucket")
def test_a_machine_that_names_no_model_gets_its_own(bench: Bench) -> None:
    assert update(bench)["model_name"] == "rvm-detector"
    bench.admin("PUT", f"/{bench.uuid}", json={"model_name": "other"})
    bench.clock.move(seconds=6)
    answer = sync(bench)
    assert answer.status_code == 404
    assert "MODEL_NOT_FOUND" in answer.text


@pytest.mark.usefixtures("with_bucket")
@pytest.mark.parametrize("name", ["../keys", "a/b", "x" * 101, "%00", ".."])
def test_a_model_has_a_plain_name(bench: Bench, name: str) -> None:
    assert sync(bench, model_name=name).status_code == 422


@pytest.mark.usefixtures("with_bucket")
def test_the_handshake_tells_the_active_version(bench: Bench) -> None:
    model = bench.handshake()["ai_model"]
    assert model["target_version"] == bucket.VERSION
    assert model["hash"] == hashlib.sha256(bucket.model()).hexdigest()
    assert requests.get(model["update_source_url"], timeout=10).content == bucket.model()


@pytest.mark.usefixtures("with_bucket")
def test_a_new_version_is_told_within_a_minute(
    bench: Bench, port: int, clock: MovableClock
) -> None:
    assert update(bench, current_version=bucket.VERSION)["data"] == {"update_available": False}
    bucket.publish(f"http://127.0.0.1:{port}", "9.9.9", b"newer weights")
    try:
        clock.move(seconds=60)
        assert update(bench, current_version=bucket.VERSION)["latest_version"] == "9.9.9"
    finally:
        bucket.publish(f"http://127.0.0.1:{port}", bucket.VERSION, bucket.model())


def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    (number,) = free_ports(1)
    monkeypatch.setenv("MODEL_ENDPOINT", f"http://127.0.0.1:{number}")


def without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODEL_BUCKET")


def with_nonsense_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_NAME", "broken")


@pytest.mark.usefixtures("with_bucket")
@pytest.mark.parametrize("down", [unreachable, without_one, with_nonsense_in_it])
def test_a_bucket_that_is_down_is_told_and_leaves_the_handshake_alone(
    bench: Bench, port: int, monkeypatch: pytest.MonkeyPatch, down: object
) -> None:
    broken = f"http://127.0.0.1:{port}/{bucket.NAME}/models/broken/manifest.json"
    requests.put(broken, data=b'{"active_version": "../../x"}', timeout=10)
    down(monkeypatch)  # type: ignore[operator]
    answer = sync(bench)
    assert answer.status_code == 503
    assert "MODEL_STORE_UNAVAILABLE" in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert bench.handshake()["ai_model"] is None


class Silent(Loopback):
    """A bucket that counts its calls and answers 500."""

    def __init__(self) -> None:
        self.calls = 0
        server = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:  # noqa: N802  as http.server calls it
                server.calls += 1
                self.send(500, b"", {})

        super().__init__(Handler)


@pytest.mark.usefixtures("with_bucket")
def test_a_bucket_that_failed_is_left_alone_for_a_while(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, clock: MovableClock
) -> None:
    bucket_ = Silent()
    monkeypatch.setenv("MODEL_ENDPOINT", bucket_.url)
    try:
        for _ in range(5):
            assert bench.handshake()["ai_model"] is None
        assert bucket_.calls == 1
        clock.move(seconds=15)
        bench.handshake()
        assert bucket_.calls == 2
    finally:
        bucket_.end()


@pytest.mark.usefixtures("with_bucket")
def test_one_broken_model_leaves_the_others_alone(bench: Bench, port: int) -> None:
    url = f"http://127.0.0.1:{port}/{bucket.NAME}/models/damaged/manifest.json"
    requests.put(url, data=b"{}", timeout=10)
    assert sync(bench, model_name="damaged").status_code == 503
    assert update(bench)["latest_version"] == bucket.VERSION


def test_boto3_is_loaded_only_where_a_bucket_is_asked() -> None:
    import subprocess
    import sys

    from tools.paths import ROOT

    code = (
        "import functions_framework, sys;"
        "functions_framework.create_app('edge', 'main.py');"
        "print('boto3' in sys.modules or 'botocore' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "functions/edge", capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["False"]
