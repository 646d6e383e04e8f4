"""What the edge endpoints answer and refuse, for the type checker and the API's document."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from edge.errors import (
    ApiKeyInvalid,
    ApiKeyRequired,
    CommandExpired,
    CommandFinished,
    CommandNotFound,
    ModelNotFound,
    ModelStoreUnavailable,
    PinNotFound,
)
from shared.base.errors import Forbidden, TooLarge
from shared.domain import machines
from shared.domain.devices import Status
from shared.domain.machines import MachineBlocked, MachineNotFound
from shared.web.answers import ID_TOKEN, Endpoint, Timestamp, header

API_KEY = header(
    "MachineApiKey",
    "X-RVM-API-KEY",
    "A machine's key, as it was shown when it was registered; X-API-Key is read too.",
    ApiKeyRequired,
    ApiKeyInvalid,
    MachineBlocked,
)


class Succeeded(TypedDict):
    status: Literal["success"]
    success: Literal[True]


class Identity(TypedDict):
    rvm_id: int
    rvm_uuid: str
    rvm_name: str


class KioskLink(TypedDict):
    url: str
    timezone: str


class Channel(TypedDict):
    channel: str
    auth_token: str
    project_id: str
    api_key: str
    path: str


class MachinePolicy(TypedDict):
    is_maintenance_mode: bool
    bin_full_threshold_percent: float
    camera_idle_timeout_sec: float
    motor_speed_delay: float


class AiModel(TypedDict):
    target_version: str
    hash: str
    update_source_url: str


class Handshaken(TypedDict):
    uuid: str
    kiosk_url: str
    ws_auth_token: str
    identity: Identity
    kiosk: KioskLink
    websocket: Channel
    policy: MachinePolicy
    ai_model: AiModel | None


class HandshakeAnswer(Succeeded):
    data: Handshaken
    message: str


class PendingCommand(TypedDict):
    id: str
    action: str
    command: str
    params: dict[str, Any]
    created_at: Timestamp
    expires_at: Timestamp


class Beat(TypedDict):
    server_time: Timestamp
    commands: list[PendingCommand]


class BeatAnswer(Succeeded, Beat):
    data: Beat


class Measured(TypedDict):
    count: int
    server_time: Timestamp


class MeasuredAnswer(Succeeded, Measured):
    data: Measured


class ModelUpdate(TypedDict):
    update_available: bool
    model_name: NotRequired[str]
    latest_version: NotRequired[str]
    current_version: NotRequired[str | None]
    sha256_hash: NotRequired[str]
    file_size: NotRequired[int]
    download_url: NotRequired[str]


class ModelUpdateAnswer(Succeeded, ModelUpdate):
    data: ModelUpdate


class CommandState(TypedDict):
    id: str
    status: machines.CommandState


class HardwareMismatch(TypedDict):
    hardware_id: str
    at: Timestamp


class ShownMaintenance(TypedDict):
    technician_name: str
    started_at: Timestamp
    active_until: Timestamp


class ShownMachine(TypedDict):
    uuid: str
    rvm_id: int
    name: str
    place: str | None
    timezone: str
    hardware_id: str | None
    hardware_mismatch: HardwareMismatch | None
    model_name: str | None
    is_blocked: bool
    policy: MachinePolicy
    status: Status
    last_seen: Timestamp | None
    bin_level: float | None
    maintenance: ShownMaintenance | None
    channel: str
    registered_at: Timestamp


class RegisteredMachine(ShownMachine):
    api_key: str


class NewMachineKey(TypedDict):
    uuid: str
    api_key: str


class EndedMaintenance(TypedDict):
    uuid: str
    maintenance: Literal["ended"]


class SentCommand(TypedDict):
    request_id: str
    command: str
    status: Literal["sent"]
    expires_at: Timestamp


class ShownPin(TypedDict):
    pin_id: str
    technician_name: str
    permissions: list[str]
    created_at: Timestamp
    expires_at: Timestamp
    is_expired: bool


class AddedPin(ShownPin):
    pin: str


class RevokedPin(TypedDict):
    pin_id: str
    status: Literal["revoked"]


class Unlocked(TypedDict):
    uuid: str
    unlocked_clients: int


BY_MACHINE: dict[str, Any] = {"who": (API_KEY,)}
BY_ADMIN: dict[str, Any] = {"who": (ID_TOKEN,)}
ONE: dict[str, Any] = {
    **BY_ADMIN,
    "refuses": (Forbidden, MachineNotFound),
    "path": {"place": "The machine's uuid."},
}

ENDPOINTS = {
    "handshake": Endpoint(
        "Starts a machine: who it is, where its screen and its channel are.",
        "Memulai mesin: identitasnya, alamat layarnya, dan kanalnya.",
        refuses=(TooLarge,),
        sends={"hardware_id": "RVM-0001", "name": "RVM Perpustakaan", "ip_address": "192.168.1.20"},
        **BY_MACHINE,
    ),
    "heartbeat": Endpoint(
        "Notes that a machine is alive, and hands out commands that have not reached it.",
        "Mencatat bahwa mesin masih hidup, dan memberikan perintah yang belum sampai.",
        sends={"status": "idle", "version": "1.2.0", "bin_capacity": 40},
        **BY_MACHINE,
    ),
    "telemetry": Endpoint(
        "Takes the numbers of a machine's sensors.",
        "Menerima angka dari sensor mesin.",
        sends={"sensors": {"bin_level": 40, "temperature": 31.5}},
        **BY_MACHINE,
    ),
    "model_sync": Endpoint(
        "Says whether there is a newer AI model, and where.",
        "Memberi tahu apakah ada model AI yang lebih baru, dan di mana.",
        refuses=(ModelNotFound, ModelStoreUnavailable(15)),
        **BY_MACHINE,
    ),
    "acknowledge": Endpoint(
        "Tells what became of a command; telling the same again changes nothing.",
        "Melaporkan hasil perintah; laporan yang sama tidak mengubah apa pun.",
        refuses=(CommandNotFound, CommandFinished, CommandExpired),
        path={"command_id": "The command's id."},
        sends={"status": "done", "result": {"seconds": 2.5}},
        **BY_MACHINE,
    ),
    "register": Endpoint(
        "Registers a machine and shows its key, once.",
        "Mendaftarkan mesin dan menampilkan kuncinya, satu kali.",
        status=201,
        refuses=(Forbidden,),
        sends={"name": "RVM Perpustakaan", "place": "Lobi", "timezone": "Asia/Jakarta"},
        **BY_ADMIN,
    ),
    "list_machines": Endpoint(
        "Lists all machines.",
        "Menampilkan semua mesin.",
        refuses=(Forbidden,),
        **BY_ADMIN,
    ),
    "details": Endpoint("Shows a machine.", "Menampilkan sebuah mesin.", **ONE),
    "change": Endpoint(
        "Changes a machine; what is not sent stays. `hardware_id` accepts another board; a block"
        " ends links and sign-ins too.",
        "Mengubah mesin; yang tidak dikirim tetap. `hardware_id` menerima papan lain; blokir juga"
        " mengakhiri tautan dan login.",
        sends={"is_blocked": False, "policy": {"is_maintenance_mode": True}},
        **ONE,
    ),
    "change_key": Endpoint(
        "Makes a new key, shown once; the old one, and links and sign-ins made with it, end within"
        " five seconds.",
        "Membuat kunci baru, ditampilkan satu kali; yang lama, beserta tautan dan login yang dibuat"
        " dengannya, berakhir dalam lima detik.",
        **ONE,
    ),
    "end_maintenance": Endpoint(
        "Ends a technician's maintenance and the PIN sessions that it began with.",
        "Mengakhiri perawatan teknisi dan sesi PIN yang memulainya.",
        **ONE,
    ),
    "send": Endpoint(
        "Sends a command to a machine.",
        "Mengirim perintah ke mesin.",
        sends={"command": "open_door", "params": {}},
        **ONE,
    ),
    "add_pin": Endpoint(
        "Makes a technician's PIN, shown once.",
        "Membuat PIN teknisi, ditampilkan satu kali.",
        status=201,
        sends={"technician_name": "Dewi", "permissions": ["open_door", "test_led"]},
        **ONE,
    ),
    "list_pins": Endpoint(
        "Lists a machine's PINs, without their digits.",
        "Menampilkan PIN mesin, tanpa angkanya.",
        **ONE,
    ),
    "revoke": Endpoint(
        "Ends a PIN and the sessions begun with it.",
        "Mencabut PIN dan sesi yang dimulai dengannya.",
        **ONE
        | {
            "refuses": (Forbidden, MachineNotFound, PinNotFound),
            "path": {**ONE["path"], "pin_id": "The PIN's id, as the list shows it."},
        },
    ),
    "unlock": Endpoint(
        "Lets clients enter PINs again that were locked out.",
        "Mengizinkan lagi klien yang terkunci untuk memasukkan PIN.",
        **ONE,
    ),
}
