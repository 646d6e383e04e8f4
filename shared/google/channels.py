"""How the channels to Google are made."""

import grpc.experimental
from google.api_core.grpc_helpers import create_channel

# The calling thread reads a stream itself. By default grpc starts another thread for each stream,
# which makes a read of several documents three times as dear as it has to be.
OPTIONS = [(grpc.experimental.ChannelOptions.SingleThreadedUnaryStream, 1)]
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


def cloud(host: str) -> grpc.Channel:
    """A channel to an API of Google's, as its own clients make it, with the default credentials."""
    made: grpc.Channel = create_channel(
        f"{host}:443", default_scopes=_SCOPES, default_host=host, options=OPTIONS
    )
    return made
