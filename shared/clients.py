"""Google clients, made on first use: never at import, and never before the server has forked."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from shared import settings
from shared.once import once

if TYPE_CHECKING:
    from shared.documents import Database
    from shared.events import Publisher

T = TypeVar("T")


def _connect() -> Database:
    from google.cloud.firestore_v1.services.firestore import FirestoreClient

    from shared.documents import Database

    if host := os.environ.get("FIRESTORE_EMULATOR_HOST"):
        from shared import emulator

        api = FirestoreClient(transport=emulator.firestore_transport(host))
    else:
        from shared import channels

        api = FirestoreClient(transport=channels.firestore_transport)
    return Database(api, settings.project_id())


def _connect_publisher() -> Publisher:
    from shared.events import Publisher, client, emulator_client

    host = os.environ.get("PUBSUB_EMULATOR_HOST")
    api = emulator_client(host) if host else client()
    return Publisher(api, settings.project_id())


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

    return load


database = once(_loaded(_connect))
publisher = once(_loaded(_connect_publisher))
