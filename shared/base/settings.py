"""Every setting: name, default, what it does. Read when used, failing loudly."""

import os
import re
from dataclasses import dataclass

_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
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
    is_number: bool = False  # a number from 0 on
    trimmed: bool = False  # white space at its ends does not count, as where gcloud reads a secret

    def get(self) -> str:
        """Its value now. Raises SettingError for a wrong choice and for a secret that is short."""
        value = os.environ.get(self.name) or self.default
        value = value.strip() if self.trimmed else value
        if self.explicit and not os.environ.get(self.name) and in_the_cloud():
            raise SettingError(f"{self.name} must be set: {' or '.join(self.choices)}")
        if self.secret and len(value) < self.shortest:
            raise SettingError(f"{self.name} must be set, to at least {self.shortest} characters")
        if self.choices and value not in self.choices:
            raise SettingError(f"{self.name} must be one of {', '.join(self.choices)}")
        if self.is_number and not _NUMBER.fullmatch(value):
            raise SettingError(f"{self.name} must be a number")
        return value

    def number(self) -> float:
        """Its value as a number. Raises SettingError."""
        return float(self.get())


AUTH_MODE = Setting(
    "AUTH_MODE",
    "open",
    "open: as the course contract says, no sign-in. verified: a Firebase ID token is required.",
    ("open", "verified"),
    explicit=True,
)

APP_CHECK = Setting(
    "APP_CHECK",
    "off",
    "on: presence and telemetry accept only apps and pages that App Check attests.",
    ("off", "on"),
)
APP_CHECK_SITE_KEY = Setting(
    "APP_CHECK_SITE_KEY", "", "The reCAPTCHA Enterprise site key of the pages. It is no secret."
)

SIGN_IN_DOMAINS = Setting(
    "SIGN_IN_DOMAINS",
    "",
    "Domains of the addresses that may have a role, with commas between. Empty: any domain.",
)
SIGN_IN_GOOGLE = Setting(
    "SIGN_IN_GOOGLE",
    "off",
    "on: the pages show the button to sign in with Google.",
    ("off", "on"),
)
PEOPLE_SECRET = Setting(
    "PEOPLE_SECRET",
    "",
    "What the link for the first admin is signed with: 32 random characters.",
    secret=True,
    trimmed=True,
)

SESSION_HOURS = Setting(
    "SESSION_HOURS",
    "12",
    "A session closes by itself so many hours after its last code.",
    is_number=True,
)

TELEMETRY_RATE = Setting(
    "TELEMETRY_RATE", "10", "POSTs a second of one phone from one address.", is_number=True
)
TELEMETRY_BURST = Setting(
    "TELEMETRY_BURST", "30", "POSTs at once of one phone from one address.", is_number=True
)
TELEMETRY_ADDRESS_RATE = Setting(
    "TELEMETRY_ADDRESS_RATE",
    "300",
    "POSTs a second from one address: a class behind one router.",
    is_number=True,
)
TELEMETRY_ADDRESS_BURST = Setting(
    "TELEMETRY_ADDRESS_BURST", "900", "POSTs at once from one address.", is_number=True
)

DEVICE_RATE = Setting(
    "DEVICE_RATE", "10", "Requests a second that one API key may send.", is_number=True
)
DEVICE_BURST = Setting(
    "DEVICE_BURST", "30", "Requests that one API key may send at once.", is_number=True
)
DEVICES_PER_OWNER = Setting(
    "DEVICES_PER_OWNER",
    "100",
    "Devices that one owner may register; an admin may register more.",
    is_number=True,
)
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
KIOSK_LINK_HOURS = Setting(
    "KIOSK_LINK_HOURS", "24", "How long a kiosk's signed link is good for.", is_number=True
)
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

# How many days Firestore keeps what is stored; 0 keeps it for ever. Presence is kept.
TELEMETRY_DAYS = Setting(
    "TELEMETRY_DAYS", "90", "Days to keep samples, points and machines' telemetry.", is_number=True
)
READINGS_DAYS = Setting("READINGS_DAYS", "400", "Days to keep devices' readings.", is_number=True)
EVENT_DAYS = Setting(
    "EVENT_DAYS", "30", "Days to keep the events of machines' channels.", is_number=True
)
DEAD_DAYS = Setting(
    "DEAD_DAYS", "30", "Days to keep messages that cannot be processed.", is_number=True
)

SETTINGS = (
    AUTH_MODE,
    APP_CHECK,
    APP_CHECK_SITE_KEY,
    SIGN_IN_DOMAINS,
    SIGN_IN_GOOGLE,
    PEOPLE_SECRET,
    SESSION_HOURS,
    TELEMETRY_RATE,
    TELEMETRY_BURST,
    TELEMETRY_ADDRESS_RATE,
    TELEMETRY_ADDRESS_BURST,
    DEVICE_RATE,
    DEVICE_BURST,
    DEVICES_PER_OWNER,
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
    TELEMETRY_DAYS,
    READINGS_DAYS,
    EVENT_DAYS,
    DEAD_DAYS,
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
