"""Google clients, made on first use: never at import, and never before the server has forked."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeVar

from shared.base import process, settings
from shared.base.once import once

if TYPE_CHECKING:
    from shared.google.firestore import Database
    from shared.google.pubsub import Publisher

TOPIC = "telemetry"  # the one topic of events

T = TypeVar("T")


def _connect() -> Database:
    if host := os.environ.get("FIRESTORE_EMULATOR_HOST"):
        from shared.google import emulator

        return emulator.database(host, settings.project_id())
    from shared.google import channels
    from shared.google.firestore import Database

    return Database(channels.cloud("firestore.googleapis.com"), settings.project_id())


def _connect_publisher() -> Publisher:
    from shared.google import channels, emulator
    from shared.google.pubsub import Publisher

    host = os.environ.get("PUBSUB_EMULATOR_HOST")
    channel = emulator.channel(host) if host else channels.cloud("pubsub.googleapis.com")
    return Publisher(channel, settings.project_id())


def _load_with(connect: Callable[[], T]) -> Callable[[], T]:
    """Makes a client without a garbage collection on the way, and ends the loading with it."""

    def load() -> T:
        gc.disable()
        try:
            return connect()
        finally:
            gc.enable()
            process.finish_loading()

    return load


database = once(_load_with(_connect))
publisher = once(_load_with(_connect_publisher))


class Topics(Protocol):
    """Where events are published: the body of the `with` runs while one is on its way."""

    def publish(
        self, topic: str, event: Mapping[str, object], **attributes: str
    ) -> AbstractContextManager[None]: ...


class LatePublisher:
    """The topics of this project. The first event makes the client: readers never load it."""

    def publish(
        self, topic: str, event: Mapping[str, object], **attributes: str
    ) -> AbstractContextManager[None]:
        """Sends one event, as Publisher does."""
        return publisher().publish(topic, event, **attributes)
