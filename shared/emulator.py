"""The way to the Firestore emulator: a plain channel that says who is calling.

Without a name on it the emulator applies the security rules, as to an anonymous phone.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import grpc
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from shared.channels import OPTIONS

ADMINISTRATOR = "owner"


class _Call(NamedTuple):
    """The details of a call, as grpc wants them back from an interceptor."""

    method: str
    timeout: float | None
    metadata: Any
    credentials: Any
    wait_for_ready: Any
    compression: Any


class _Bearer(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Puts a token on every call of a channel."""

    def __init__(self, token: str) -> None:
        self._header = ("authorization", f"Bearer {token}")

    def _named(self, continuation: Callable[[Any, Any], Any], call: Any, request: Any) -> Any:
        metadata = [*(call.metadata or ()), self._header]
        details = _Call(
            call.method,
            call.timeout,
            metadata,
            call.credentials,
            call.wait_for_ready,
            call.compression,
        )
        return continuation(details, request)

    intercept_unary_unary = _named
    intercept_unary_stream = _named
    intercept_stream_stream = _named


def firestore_transport(
    host: str, *interceptors: Any, token: str = ADMINISTRATOR
) -> FirestoreGrpcTransport:
    """A transport to the emulator for the holder of this token, by default the administrator.

    An empty token: nobody.
    """
    named = [_Bearer(token)] if token else []
    channel = grpc.insecure_channel(host, options=OPTIONS)
    channel = grpc.intercept_channel(channel, *interceptors, *named)
    return FirestoreGrpcTransport(channel=channel)
