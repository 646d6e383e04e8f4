"""How the channels to Google are made, here and in the cloud."""

from typing import Any

import grpc
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

# A stream is read by the thread that asked for it. By default grpc starts another thread for each,
# which makes a read of several documents three times as dear as it has to be.
OPTIONS = [(grpc.experimental.ChannelOptions.SingleThreadedUnaryStream, 1)]


def firestore_transport(**settings: Any) -> FirestoreGrpcTransport:
    """The client's own transport, with the credentials that it finds."""
    return FirestoreGrpcTransport(**{**settings, "channel": with_options(FirestoreGrpcTransport)})


def with_options(transport: Any) -> Any:
    """How a transport of Google's makes its channel, with our options besides its own."""

    def make(host: str, *, options: Any = (), **settings: Any) -> grpc.Channel:
        return transport.create_channel(host, options=[*options, *OPTIONS], **settings)

    return make
