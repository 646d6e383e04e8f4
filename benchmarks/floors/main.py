"""The floors: a bare function that forwards encoded requests to Google and does nothing else.

A request body is a sequence of frames: a letter, the length, the bytes of a gRPC request. The
relay receives the bytes of a commit as a pushed message.
"""

import base64
import os
import struct

import functions_framework
from flask import Request

from shared.base.once import once

HEADER = struct.Struct(">cI")
FIRESTORE = "/google.firestore.v1.Firestore/"

channels: list[object] = []  # grpc closes a channel that has no reference


@once
def calls() -> dict[bytes, object]:
    """Calls of the channel itself, with bytes instead of messages and without a client library."""
    import grpc.experimental

    hosts = os.environ["FIRESTORE_EMULATOR_HOST"], os.environ["PUBSUB_EMULATOR_HOST"]
    no_threads = [(grpc.experimental.ChannelOptions.SingleThreadedUnaryStream, 1)]
    firestore, pubsub = (grpc.insecure_channel(host, options=no_threads) for host in hosts)
    channels.extend((firestore, pubsub))
    return {
        b"C": firestore.unary_unary(FIRESTORE + "Commit"),
        b"G": firestore.unary_unary(FIRESTORE + "GetDocument"),
        b"B": firestore.unary_stream(FIRESTORE + "BatchGetDocuments"),
        b"P": pubsub.unary_unary("/google.pubsub.v1.Publisher/Publish"),
    }


OWNER = (("authorization", "Bearer owner"),)


@functions_framework.http
def floor(request: Request) -> str:
    body, at, published = request.get_data(), 0, []
    while at < len(body):
        kind, length = HEADER.unpack_from(body, at)
        at += HEADER.size + length
        payload, call = body[at - length : at], calls()[kind]
        if kind == b"P":
            published.append(call.future(payload))  # type: ignore[attr-defined]
        elif kind == b"B":
            list(call(payload, metadata=OWNER))  # type: ignore[operator]
        else:
            call(payload, metadata=OWNER)  # type: ignore[operator]
    for message in published:
        message.result()
    return '{"ok":true}'


@functions_framework.http
def relay(request: Request) -> str:
    commit = base64.b64decode(request.get_json(force=True)["message"]["data"])
    calls()[b"C"](commit, metadata=OWNER)  # type: ignore[operator]
    return ""


@functions_framework.http
def official(_: Request) -> str:
    from google.cloud import firestore

    firestore.Client().document("small/none").get()
    return ""


@functions_framework.http
def noop(_: Request) -> str:
    return '{"ok":true}'
