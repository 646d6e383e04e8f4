"""Publishing: one unary call that runs while something else is done."""

import json
from typing import Any

import grpc
from google.api_core import exceptions
from google.pubsub_v1 import types
from google.pubsub_v1.services.publisher import PublisherClient

from shared.envelopes import Json
from shared.errors import Unavailable

_PATIENCE = 3.0  # seconds an attempt; there are two at most


class Publishing:
    """A message on its way: the first attempt is out while the body of the `with` runs.

    Leaving it returns once the message is kept, and raises Unavailable where that is not known. An
    exception in the body calls the message off, as far as it has not gone yet.
    """

    def __init__(self, api: PublisherClient, request: types.PublishRequest) -> None:
        self._api = api
        self._request = request
        # The channel's bare call: unlike the client's it can be left running meanwhile.
        route = ("x-goog-request-params", f"topic={request.topic}")
        call: Any = api.transport.publish
        self._first = call.future(request, timeout=_PATIENCE, metadata=[route])

    def __enter__(self) -> None:
        """Nothing to hold on to."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._first.cancel()
            return
        try:
            self._first.result()
        except grpc.RpcError:
            self._once_more()

    def _once_more(self) -> None:
        try:
            self._api.publish(request=self._request, retry=None, timeout=_PATIENCE)
        except exceptions.GoogleAPICallError as error:
            raise Unavailable from error


class Publisher:
    """The topics of one project."""

    def __init__(self, api: PublisherClient, project: str) -> None:
        self._api = api
        self._project = project

    def publish(self, topic: str, event: Json, **attributes: str) -> Publishing:
        """Sends one event as JSON; leaving the `with` waits for it."""
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        message = types.PubsubMessage(data=body.encode(), attributes=attributes)
        path = f"projects/{self._project}/topics/{topic}"
        return Publishing(self._api, types.PublishRequest(topic=path, messages=[message]))


def emulator_client(host: str, *interceptors: Any) -> PublisherClient:
    """A client of the Pub/Sub emulator: this library does not look for one by itself."""
    from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

    channel = grpc.intercept_channel(grpc.insecure_channel(host), *interceptors)
    return PublisherClient(transport=PublisherGrpcTransport(channel=channel))
