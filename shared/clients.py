"""Google clients, made on first use: never at import, and never before the server has forked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from shared import settings
from shared.once import once

if TYPE_CHECKING:
    from shared.documents import Database
    from shared.events import Publisher


def _connect() -> Database:
    from google.cloud.firestore_v1.services.firestore import FirestoreClient

    from shared.documents import Database

    if host := os.environ.get("FIRESTORE_EMULATOR_HOST"):
        from shared.emulator import firestore_transport

        api = FirestoreClient(transport=firestore_transport(host))
    else:
        api = FirestoreClient()
    return Database(api, settings.project_id())


def _connect_publisher() -> Publisher:
    from google.pubsub_v1.services.publisher import PublisherClient

    from shared.events import Publisher, emulator_client

    host = os.environ.get("PUBSUB_EMULATOR_HOST")
    api = emulator_client(host) if host else PublisherClient()
    return Publisher(api, settings.project_id())


database = once(_connect)
publisher = once(_connect_publisher)
