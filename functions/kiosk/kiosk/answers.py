"""What the kiosk endpoints answer and refuse, for the type checker and the API's document."""

from typing import Literal

from typing_extensions import TypedDict

from kiosk.errors import (
    LinkRefused,
    LoginTokenExpired,
    LoginTokenUnknown,
    LoginTokenUsed,
    MachineInMaintenance,
    MachineInUse,
    MachineRequired,
    NotPermitted,
    OtherMachine,
    PageProofRequired,
    PinLocked,
    PinSessionRequired,
    TooManyCodes,
    WrongPin,
)
from kiosk.requests import LinkRequest
from shared.base.errors import Forbidden, NotFound
from shared.domain.machines import MachineBlocked, MachineNotFound
from shared.web.answers import ID_TOKEN, Endpoint, Timestamp, header

MACHINE = header(
    "MachineUuid",
    "X-Machine-UUID",
    "The machine's uuid; or `machine_uuid` in the query or the body.",
    MachineRequired,
    MachineNotFound,
    MachineBlocked,
)
PIN_SESSION = header(
    "PinSession",
    "X-PIN-Session",
    "The `session_token` that a right PIN was answered with.",
    PinSessionRequired,
    OtherMachine,
)


KIOSK_PAGE = header(
    "KioskPage",
    "X-Kiosk-Page",
    "The proof of the machine's own page, which only its signed link opens.",
    PageProofRequired,
)


class RenewedPage(TypedDict):
    proof: str
    expires_at: Timestamp


class TechnicianSession(TypedDict):
    technician_name: str
    permissions: list[str]
    session_token: str
    session_expires_at: Timestamp


class SentToMachine(TypedDict):
    request_id: str
    command: str
    status: Literal["sent"]


class EndedMaintenance(TypedDict):
    maintenance: Literal["ended"]


class LoginCode(TypedDict):
    token: str
    expires_at: Timestamp
    expires_in: int
    qr_content: str


class LoginCodeAnswer(LoginCode):
    status: Literal["success"]
    success: Literal[True]
    data: LoginCode


class MachineOfCode(TypedDict):
    uuid: str
    name: str
    place: str | None


class LookedAtCode(TypedDict):
    machine: MachineOfCode
    expires_at: Timestamp


class Claimed(TypedDict):
    session_id: str
    user_name: str
    machine: MachineOfCode


class Ended(TypedDict):
    session: Literal["ended"]


OF_CODE = (
    LoginTokenUnknown,
    LoginTokenUsed,
    LoginTokenExpired,
    MachineNotFound,
    MachineBlocked,
)

ENDPOINTS = {
    "page": Endpoint(
        "The page of a machine's screen, by its signed link.",
        "Halaman layar mesin, melalui tautan bertanda tangan.",
        content=("text/html",),
        path={"uuid": "The machine's uuid."},
        query=LinkRequest,
        answer=str,
        refuses=(LinkRefused,),
    ),
    "asset": Endpoint(
        "A file that the page is made of.",
        "Berkas yang dipakai halaman itu.",
        content=("*/*",),
        path={"name": "The file's name."},
        answer=str,
        refuses=(NotFound,),
    ),
    "renew_page": Endpoint(
        "Renews the proof of a machine's page, which is good for an hour.",
        "Memperbarui bukti halaman mesin, yang berlaku satu jam.",
        who=((MACHINE, KIOSK_PAGE),),
    ),
    "verify_pin": Endpoint(
        "Begins a technician's session of two hours, and maintenance: nobody logs in until it is"
        " ended, or 15 minutes after the last command.",
        "Memulai sesi teknisi selama dua jam, dan perawatan: tidak ada yang dapat login sampai"
        " diakhiri, atau 15 menit setelah perintah terakhir.",
        who=(MACHINE,),
        refuses=(WrongPin(4), PinLocked),
        sends={"pin": "123456"},
    ),
    "send": Endpoint(
        "Sends a command to the machine, in a technician's session.",
        "Mengirim perintah ke mesin, dalam sesi teknisi.",
        who=((MACHINE, PIN_SESSION),),
        refuses=(NotPermitted,),
        sends={"command": "open_door", "params": {}},
    ),
    "end_maintenance": Endpoint(
        "Ends the maintenance and the technician's session.",
        "Mengakhiri perawatan dan sesi teknisi.",
        who=((MACHINE, PIN_SESSION),),
    ),
    "new_code": Endpoint(
        "Draws a code that a user's phone logs in with, good for five minutes. Only for the"
        " machine's page, or a caller in the machine's network.",
        "Membuat kode untuk login dengan ponsel, berlaku lima menit. Hanya untuk halaman mesin,"
        " atau pemanggil di jaringan mesin itu.",
        who=(MACHINE, (MACHINE, KIOSK_PAGE)),
        refuses=(Forbidden, MachineInMaintenance, TooManyCodes),
    ),
    "look_at_code": Endpoint(
        "Shows which machine a code logs in at.",
        "Menampilkan mesin tujuan sebuah kode login.",
        sends={"token": "the-code-that-was-scanned"},
        who=(ID_TOKEN,),
        refuses=(*OF_CODE, Forbidden),
    ),
    "claim": Endpoint(
        "Logs the user in at the machine of a code, once.",
        "Login pengguna di mesin sebuah kode, satu kali.",
        sends={"token": "the-code-that-was-scanned"},
        who=(ID_TOKEN,),
        refuses=(*OF_CODE, MachineInUse, MachineInMaintenance, Forbidden),
    ),
    "end": Endpoint(
        "Ends the user's session at a machine.",
        "Mengakhiri sesi pengguna di sebuah mesin.",
        who=(MACHINE, (MACHINE, KIOSK_PAGE), (MACHINE, ID_TOKEN)),
        refuses=(Forbidden,),
    ),
}
