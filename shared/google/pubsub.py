"""Publishing: one unary call that runs while something else is done."""

from collections.abc import Mapping
from typing import Any

import grpc
from pydantic_core import to_json

from shared.base.errors import Unavailable
from shared.google import protobuf

_types: Any = protobuf.messages("google.pubsub_v1")
_Publish: Any = _types.PublishRequest.pb()
_CALL = {
    "method": "/google.pubsub.v1.Publisher/Publish",
    "request_serializer": _Publish.SerializeToString,
    "response_deserializer": _types.PublishResponse.pb().FromString,
}
# Seconds. The first attempt waits as long as a commit may take: its answer is read after that.
_PATIENCE, _RETRY_PATIENCE = 6.0, 3.0


class Publishing:
    """A message on its way: the first attempt is out while the body of the `with` runs.

    Leaving it returns once Pub/Sub has the message, and raises Unavailable if that is unknown. An
    exception in the body calls the message off, as far as it has not gone yet.
    """

    def __init__(self, call: Any, retry_call: Any, path: str, request: Any) -> None:
        self._retry_call = retry_call
        self._request = request
        self._metadata = [("x-goog-request-params", f"topic={path}")]
        self._first = call(request, timeout=_PATIENCE, metadata=self._metadata)

    def __enter__(self) -> None:
        """Nothing to hold on to."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._first.cancel()
            return
        try:
            list(self._first)  # to its end: grpc never frees a call that is left halfway
        except grpc.RpcError:
            self._retry()

    def _retry(self) -> None:
        try:
            self._retry_call(self._request, timeout=_RETRY_PATIENCE, metadata=self._metadata)
        except grpc.RpcError as error:
            raise Unavailable from error


class Publisher:
    """The topics of one project."""

    def __init__(self, channel: grpc.Channel, project: str) -> None:
        self._project = project
        self._channel = channel  # one that nobody holds is closed
        # The call read as a stream of one answer: it is sent at once and waits for nobody, where a
        # future of the same call would start a thread.
        self._call = channel.unary_stream(**_CALL)
        self._retry_call = channel.unary_unary(**_CALL)

    def publish(self, topic: str, event: Mapping[str, object], **attributes: str) -> Publishing:
        """Sends one event as JSON; leaving the `with` waits for it."""
        path = f"projects/{self._project}/topics/{topic}"
        message = {"data": to_json(event), "attributes": attributes}
        request = _Publish(topic=path, messages=[message])
        return Publishing(self._call, self._retry_call, path, request)
