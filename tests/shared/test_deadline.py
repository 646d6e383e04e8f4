"""One deadline holds over all attempts of a call: a device waits ten seconds, not three times six."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures

import grpc
import pytest

from shared.base.errors import Unavailable
from shared.google import emulator
from shared.google.firestore import Database
from shared.google.writes import Write

PATIENCE = 0.4  # seconds
Call = Callable[[Database], object]
EACH_CALL: list[Call] = [
    lambda database: database.get(database.path("things", "a")),
    lambda database: database.get_all([database.path("things", "a")]),
    lambda database: database.commit(Write.set(database.path("things", "a"), {})),
]


@pytest.fixture
def silent_host() -> Iterator[str]:
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("call", EACH_CALL)
def test_a_call_to_a_server_that_never_answers_ends_at_its_deadline(
    silent_host: str, call: Call
) -> None:
    database = emulator.database(silent_host, "demo-silent", patience=PATIENCE)
    started = time.monotonic()
    with pytest.raises(Unavailable):
        call(database)
    assert time.monotonic() - started < 1.5 * PATIENCE


@pytest.mark.parametrize("call", EACH_CALL)
def test_a_call_to_a_server_that_refuses_ends_at_its_deadline(call: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}"
    database = emulator.database(host, "demo-closed", patience=PATIENCE)
    started = time.monotonic()
    with pytest.raises(Unavailable):
        call(database)
    assert time.monotonic() - started < 1.5 * PATIENCE


class LateRefusal(grpc.GenericRpcHandler):
    """Answers each call UNAVAILABLE, shortly before the deadline of a single attempt."""

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        def refuse(_: bytes, context: grpc.ServicerContext) -> None:
            threading.Event().wait(0.9 * PATIENCE)
            context.abort(grpc.StatusCode.UNAVAILABLE, "late")

        streams = not details.method.endswith(("/GetDocument", "/Commit"))
        make = (
            grpc.unary_stream_rpc_method_handler if streams else grpc.unary_unary_rpc_method_handler
        )
        return make(refuse)


@pytest.fixture
def late_host() -> Iterator[str]:
    with futures.ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool, handlers=[LateRefusal()])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield f"127.0.0.1:{port}"
        server.stop(None).wait()


@pytest.mark.parametrize("call", EACH_CALL)
def test_a_retry_has_only_what_is_left_of_the_deadline(late_host: str, call: Call) -> None:
    database = emulator.database(late_host, "demo-late", patience=PATIENCE)
    started = time.monotonic()
    with pytest.raises(Unavailable):
        call(database)
    assert time.monotonic() - started < 1.5 * PATIENCE
