"""How the channels to Google are made, here and in the cloud."""

from typing import Any

import grpc
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

# A stream is read by the thread that asked for it. By default grpc starts another thread for each,
# which makes a read of several documents three times as dear as it has to be.
OPTIONS = [(grpc.experimental.ChannelOptions.SingleThreadedUnaryStream, 1)]


def firestore() -> grpc.Channel:
    """The channel of the official client, with the credentials that it finds."""
    channel = with_options(FirestoreGrpcTransport)
    transport: Any = FirestoreClient(
        transport=lambda **found: FirestoreGrpcTransport(**{**found, "channel": channel})
    ).transport
    made: grpc.Channel = transport.grpc_channel
    return made


def with_options(transport: Any) -> Any:
    """How a transport of Google's makes its channel, with our options besides its own."""

    def make(host: str, *, options: Any = (), **settings: Any) -> grpc.Channel:
        return transport.create_channel(host, options=[*options, *OPTIONS], **settings)

    return make
