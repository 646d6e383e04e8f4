"""Google clients, made on first use: never at import, and never before the server has forked."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeVar

from shared import USUAL_THRESHOLD, settings
from shared.once import once

if TYPE_CHECKING:
    from shared.documents import Database
    from shared.envelopes import Json
    from shared.events import Publisher

T = TypeVar("T")


def _connect() -> Database:
    if host := os.environ.get("FIRESTORE_EMULATOR_HOST"):
        from shared import emulator

        return emulator.database(host, settings.project_id())
    from shared import channels
    from shared.documents import Database

    return Database(channels.cloud("firestore.googleapis.com"), settings.project_id())


def _connect_publisher() -> Publisher:
    from shared import channels, emulator
    from shared.events import Publisher

    host = os.environ.get("PUBSUB_EMULATOR_HOST")
    channel = emulator.channel(host) if host else channels.cloud("pubsub.googleapis.com")
    return Publisher(channel, settings.project_id())


def _loaded(make: Callable[[], T]) -> Callable[[], T]:
    """Makes a client without a garbage collection on the way, and none that looks through it later.

    Loading makes half a million objects that stay. To look through them takes 40 ms each time.
    """

    def load() -> T:
        gc.disable()
        try:
            return make()
        finally:
            gc.freeze()
            gc.enable()
            gc.set_threshold(*USUAL_THRESHOLD)

    return load


database = once(_loaded(_connect))
publisher = once(_loaded(_connect_publisher))


class Topics(Protocol):
    """Where events are told: the body of the `with` runs while one is on its way."""

    def publish(
        self, topic: str, event: Json, **attributes: str
    ) -> AbstractContextManager[None]: ...


class LatePublisher:
    """The topics of this project, their client made by the first event: who reads loads none."""

    def publish(self, topic: str, event: Json, **attributes: str) -> AbstractContextManager[None]:
        """Sends one event, as Publisher does."""
        return publisher().publish(topic, event, **attributes)
