"""Every setting: name, default, what it does. Read when used, failing loudly."""

import os
from dataclasses import dataclass

SHORTEST_SECRET = 32  # characters; one that is missing reads as an empty string


class SettingError(Exception):
    """A setting is missing or has a value it cannot have."""


@dataclass(frozen=True)
class Setting:
    """One environment variable. `choices` empty: any text."""

    name: str
    default: str
    help: str
    choices: tuple[str, ...] = ()
    secret: bool = False

    def get(self) -> str:
        """Its value now. Raises SettingError for a wrong choice and for a secret that is short."""
        value = os.environ.get(self.name) or self.default
        if self.secret and len(value) < SHORTEST_SECRET:
            raise SettingError(f"{self.name} must be set, to at least {SHORTEST_SECRET} characters")
        if self.choices and value not in self.choices:
            raise SettingError(f"{self.name} must be one of {', '.join(self.choices)}")
        return value


AUTH_MODE = Setting(
    "AUTH_MODE",
    "open",
    "open: as the course contract says, no sign-in. verified: a Firebase ID token is asked for.",
    ("open", "verified"),
)

DEVICE_RATE = Setting("DEVICE_RATE", "10", "Requests a second that one API key may send.")
DEVICE_BURST = Setting("DEVICE_BURST", "30", "Requests that one API key may send at once.")
DEVICE_KEY_SECRET = Setting(
    "DEVICE_KEY_SECRET", "", "What API keys are derived from: 32 random characters.", secret=True
)

SETTINGS = (AUTH_MODE, DEVICE_RATE, DEVICE_BURST, DEVICE_KEY_SECRET)


def refuse_emulators_in_the_cloud() -> None:
    """Raises SettingError where a deployed function would trust an emulator, and so anybody."""
    if "K_SERVICE" not in os.environ or os.environ.get("FUNCTIONS_EMULATOR") == "true":
        return
    if found := sorted(name for name in os.environ if name.endswith("_EMULATOR_HOST")):
        raise SettingError(f"a deployed function must not have {', '.join(found)}")


def project_id() -> str:
    """The Google Cloud project this process works for, as the platform names it."""
    for name in ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"):
        if value := os.environ.get(name):
            return value
    raise SettingError("GOOGLE_CLOUD_PROJECT is not set")
