"""Publishing: one unary call that runs while something else is done."""

from typing import Any

import grpc
from google.api_core import exceptions
from google.pubsub_v1 import types
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from pydantic_core import to_json

from shared.channels import OPTIONS, with_options
from shared.envelopes import Json
from shared.errors import Unavailable

_Publish: Any = types.PublishRequest.pb()
# Seconds. The first attempt waits as long as a commit may take: its answer is read after that.
_PATIENCE, _PATIENCE_AGAIN = 6.0, 3.0


class Publishing:
    """A message on its way: the first attempt is out while the body of the `with` runs.

    Leaving it returns once the message is kept, and raises Unavailable where that is not known. An
    exception in the body calls the message off, as far as it has not gone yet.
    """

    def __init__(self, api: PublisherClient, call: Any, path: str, request: Any) -> None:
        self._api = api
        self._request = request
        route = ("x-goog-request-params", f"topic={path}")
        self._first = call(request, timeout=_PATIENCE, metadata=[route])

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
            request = types.PublishRequest.wrap(self._request)
            self._api.publish(request=request, retry=None, timeout=_PATIENCE_AGAIN)
        except exceptions.GoogleAPICallError as error:
            raise Unavailable from error


class Publisher:
    """The topics of one project."""

    def __init__(self, api: PublisherClient, project: str) -> None:
        self._api = api
        self._project = project
        # The call read as a stream of one answer: it is sent at once and waits for nobody, where a
        # future of the same call would start a thread.
        transport: Any = api.transport
        self._call = transport.grpc_channel.unary_stream(
            "/google.pubsub.v1.Publisher/Publish",
            request_serializer=_Publish.SerializeToString,
            response_deserializer=types.PublishResponse.pb().FromString,
        )

    def publish(self, topic: str, event: Json, **attributes: str) -> Publishing:
        """Sends one event as JSON; leaving the `with` waits for it."""
        path = f"projects/{self._project}/topics/{topic}"
        message = {"data": to_json(event), "attributes": attributes}
        request = _Publish(topic=path, messages=[message])
        return Publishing(self._api, self._call, path, request)


def client(**settings: Any) -> PublisherClient:
    """A client with the credentials that it finds."""
    channel = with_options(PublisherGrpcTransport)
    return PublisherClient(
        transport=lambda **found: PublisherGrpcTransport(**{**found, "channel": channel}),
        **settings,
    )


def emulator_client(host: str, *interceptors: Any) -> PublisherClient:
    """A client of the Pub/Sub emulator: this library does not look for one by itself."""
    channel = grpc.insecure_channel(host, options=OPTIONS)
    channel = grpc.intercept_channel(channel, *interceptors)
    return PublisherClient(transport=PublisherGrpcTransport(channel=channel))
