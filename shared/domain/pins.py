"""Technicians' PINs.

Six digits are quick to guess, so their hash is slow, and its key is not in the database.

machines/{uuid}/pins/{pin}   a PIN by its hash: its technician, permissions and expiry
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.base import settings
from shared.base.ids import fingerprint

DIGITS = 6
_COST = {"n": 2**14, "r": 8, "p": 1}  # 16 MiB and some 40 ms a guess


@dataclass(frozen=True, slots=True)
class Pin:
    """A PIN without its digits.

    Its id is their hash. A lookup by id compares no digits, so its duration reveals nothing. Its
    sessions that began until `ended_at` are over.
    """

    pin_id: str
    technician_name: str
    permissions: Sequence[str]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Whether it has not expired."""
        return now < self.expires_at


def pin_id(uuid: str, digits: str) -> str:
    """The document id of a machine's PIN. Raises SettingError without PIN_SECRET."""
    salt = hmac.digest(settings.PIN_SECRET.get().encode(), f"pins of {uuid}".encode(), "sha256")
    return fingerprint(hashlib.scrypt(digits.encode(), salt=salt, **_COST).hex(), length=26)


def pin(document: dict[str, Any]) -> Pin:
    """A PIN from its document."""
    return Pin(**{name: document[name] for name in Pin.__dataclass_fields__ if name in document})
