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
    shortest: int = SHORTEST_SECRET  # of a secret
    explicit: bool = False  # in the cloud the default does not count: somebody has to choose

    def get(self) -> str:
        """Its value now. Raises SettingError for a wrong choice and for a secret that is short."""
        value = os.environ.get(self.name) or self.default
        if self.explicit and not os.environ.get(self.name) and in_the_cloud():
            raise SettingError(f"{self.name} must be set: {' or '.join(self.choices)}")
        if self.secret and len(value) < self.shortest:
            raise SettingError(f"{self.name} must be set, to at least {self.shortest} characters")
        if self.choices and value not in self.choices:
            raise SettingError(f"{self.name} must be one of {', '.join(self.choices)}")
        return value


AUTH_MODE = Setting(
    "AUTH_MODE",
    "open",
    "open: as the course contract says, no sign-in. verified: a Firebase ID token is required.",
    ("open", "verified"),
    explicit=True,
)

DEVICE_RATE = Setting("DEVICE_RATE", "10", "Requests a second that one API key may send.")
DEVICE_BURST = Setting("DEVICE_BURST", "30", "Requests that one API key may send at once.")
DEVICE_KEY_SECRET = Setting(
    "DEVICE_KEY_SECRET", "", "What API keys are derived from: 32 random characters.", secret=True
)

KIOSK_KEYS = Setting(
    "KIOSK_KEYS",
    "",
    "What kiosk links and sessions are signed with: 32 random characters. While a key is changed, "
    "the previous one, a comma, and the new one: both verify, the last one signs.",
    secret=True,
)
PIN_SECRET = Setting(
    "PIN_SECRET", "", "What PINs are hashed with: 32 random characters.", secret=True
)
KIOSK_LINK_HOURS = Setting("KIOSK_LINK_HOURS", "24", "How long a kiosk's signed link is good for.")
PUBLIC_URL = Setting(
    "PUBLIC_URL", "", "Where Hosting is, as browsers see it. Empty: as the request came."
)
WEB_API_KEY = Setting(
    "WEB_API_KEY",
    "",
    "The Firebase project's web API key, to sign in with. It is no secret.",
)

MODEL_BUCKET = Setting("MODEL_BUCKET", "", "The bucket with the AI models. Empty: there is none.")
MODEL_ENDPOINT = Setting("MODEL_ENDPOINT", "", "The bucket's S3 address. Empty: AWS's own.")
MODEL_REGION = Setting("MODEL_REGION", "us-east-1", "The bucket's region.")
MODEL_NAME = Setting("MODEL_NAME", "rvm-detector", "The model of a machine that names none.")
MODEL_ACCESS_KEY = Setting("MODEL_ACCESS_KEY", "", "The bucket's access key id.")
MODEL_SECRET_KEY = Setting(
    "MODEL_SECRET_KEY", "", "The bucket's secret access key.", secret=True, shortest=8
)

SETTINGS = (
    AUTH_MODE,
    DEVICE_RATE,
    DEVICE_BURST,
    DEVICE_KEY_SECRET,
    KIOSK_KEYS,
    PIN_SECRET,
    KIOSK_LINK_HOURS,
    PUBLIC_URL,
    WEB_API_KEY,
    MODEL_BUCKET,
    MODEL_ENDPOINT,
    MODEL_REGION,
    MODEL_NAME,
    MODEL_ACCESS_KEY,
    MODEL_SECRET_KEY,
)


def in_the_cloud() -> bool:
    """Whether this process is a deployed function."""
    return "K_SERVICE" in os.environ and os.environ.get("FUNCTIONS_EMULATOR") != "true"


def refuse_emulators_in_the_cloud() -> None:
    """Raises SettingError where a deployed function would trust an emulator, and so anybody."""
    if not in_the_cloud():
        return
    if names := sorted(name for name in os.environ if name.endswith("_EMULATOR_HOST")):
        raise SettingError(f"a deployed function must not have {', '.join(names)}")


def project_id() -> str:
    """The Google Cloud project this process works for, as the platform names it."""
    for name in ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"):
        if value := os.environ.get(name):
            return value
    raise SettingError("GOOGLE_CLOUD_PROJECT is not set")
