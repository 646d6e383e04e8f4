"""Google clients, made on first use: never at import, and never before the server has forked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from shared import settings
from shared.once import once

if TYPE_CHECKING:
    from shared.documents import Database


def _connect() -> Database:
    from google.cloud.firestore_v1.services.firestore import FirestoreClient

    from shared.documents import Database

    if host := os.environ.get("FIRESTORE_EMULATOR_HOST"):
        from shared.emulator import firestore_transport

        api = FirestoreClient(transport=firestore_transport(host))
    else:
        api = FirestoreClient()
    return Database(api, settings.project_id())


database = once(_connect)
