"""Every setting: name, default, what it does. Read when used, failing loudly."""

import os
from dataclasses import dataclass


class SettingError(Exception):
    """A setting is missing or has a value it cannot have."""


@dataclass(frozen=True)
class Setting:
    """One environment variable. `choices` empty: any text."""

    name: str
    default: str
    help: str
    choices: tuple[str, ...] = ()

    def get(self) -> str:
        """Its value now. Raises SettingError for one that is not among the choices."""
        value = os.environ.get(self.name) or self.default
        if self.choices and value not in self.choices:
            raise SettingError(f"{self.name} must be one of {', '.join(self.choices)}")
        return value


AUTH_MODE = Setting(
    "AUTH_MODE",
    "open",
    "open: as the course contract says, no sign-in. verified: a Firebase ID token is asked for.",
    ("open", "verified"),
)

SETTINGS = (AUTH_MODE,)


def project_id() -> str:
    """The Google Cloud project this process works for, as the platform names it."""
    for name in ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"):
        if value := os.environ.get(name):
            return value
    raise SettingError("GOOGLE_CLOUD_PROJECT is not set")
