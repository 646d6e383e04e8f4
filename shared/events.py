"""Publishing: one unary call that runs while something else is done."""

from typing import Any

import grpc
from pydantic_core import to_json

from shared import messages
from shared.envelopes import Json
from shared.errors import Unavailable

_types: Any = messages.of("google.pubsub_v1")
_Publish: Any = _types.PublishRequest.pb()
_CALL = {
    "method": "/google.pubsub.v1.Publisher/Publish",
    "request_serializer": _Publish.SerializeToString,
    "response_deserializer": _types.PublishResponse.pb().FromString,
}
# Seconds. The first attempt waits as long as a commit may take: its answer is read after that.
_PATIENCE, _PATIENCE_AGAIN = 6.0, 3.0


class Publishing:
    """A message on its way: the first attempt is out while the body of the `with` runs.

    Leaving it returns once the message is kept, and raises Unavailable where that is not known. An
    exception in the body calls the message off, as far as it has not gone yet.
    """

    def __init__(self, call: Any, again: Any, path: str, request: Any) -> None:
        self._again = again
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
            list(self._first)  # to its end: a call that is left halfway is never given back
        except grpc.RpcError:
            self._once_more()

    def _once_more(self) -> None:
        try:
            self._again(self._request, timeout=_PATIENCE_AGAIN, metadata=self._metadata)
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
        self._again = channel.unary_unary(**_CALL)

    def publish(self, topic: str, event: Json, **attributes: str) -> Publishing:
        """Sends one event as JSON; leaving the `with` waits for it."""
        path = f"projects/{self._project}/topics/{topic}"
        message = {"data": to_json(event), "attributes": attributes}
        request = _Publish(topic=path, messages=[message])
        return Publishing(self._call, self._again, path, request)
