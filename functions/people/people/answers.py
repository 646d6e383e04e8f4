"""What the people endpoints answer and refuse, for the type checker and the API's document."""

from typing import Any, Literal

from typing_extensions import TypedDict

from people.errors import (
    AddressNotVerified,
    AdminExists,
    ClaimExpired,
    ClaimInvalid,
    ClaimUsed,
    Disabled,
    DomainNotAllowed,
    NoAddress,
    OtherCourse,
    OtherRole,
    OwnAccount,
    SignInFirst,
    TooManyClaims,
)
from shared.base.accounts import AccountNotFound, AddressTaken
from shared.base.errors import Conflict, Forbidden, Invalid, Missing, TooLarge, Unauthorized
from shared.domain.courses import TooManyTeachers
from shared.web.answers import ID_TOKEN, NOBODY, Endpoint, Timestamp

State = Literal["none", "invited", "active", "disabled"]


class Config(TypedDict):
    google: bool
    domains: list[str]
    auth_mode: str


class Person(TypedDict):
    uid: str
    name: str
    email: str
    role: str | None
    state: State
    verified: bool  # the address of the account


class People(TypedDict):
    total: int
    items: list[Person]
    next: str | None


class ImportCounts(TypedDict):
    new: int
    changed: int
    unchanged: int
    conflict: int
    absent: int


class ImportItem(TypedDict):
    line: int | None
    user_id: str
    name: str
    email: str
    kind: Literal["new", "changed", "unchanged", "conflict", "absent"]
    reason: str | None


class Import(TypedDict):
    applied: bool
    counts: ImportCounts
    items: list[ImportItem]


class Invited(TypedDict):
    uid: str
    link: str | None


class PasswordLink(TypedDict):
    uid: str
    link: str


class RoleSet(TypedDict):
    uid: str
    role: str | None


class Removed(TypedDict):
    uid: str
    account: bool


class Claimed(TypedDict):
    uid: str
    email: str


class AccountShown(TypedDict):
    uid: str
    email: str
    name: str
    role: str
    providers: list[str]
    made_at: Timestamp | None
    signed_in_at: Timestamp | None


class OwnCourses(TypedDict):
    attended: list[str]
    taught: list[str]


class CheckIn(TypedDict):
    course_id: str
    session_id: str
    status: str
    ts: Timestamp
    device_id: str


class CheckIns(TypedDict):
    items: list[CheckIn]
    next: str | None


class Span(TypedDict):
    first: Timestamp
    last: Timestamp


class Phone(TypedDict):
    device_id: str
    samples: Span | None
    points: Span | None


class OwnDevice(TypedDict):
    id: int
    device_id: str
    name: str
    readings: int


class ForgetRequested(TypedDict):
    uid: str
    name: str
    email: str
    reason: str
    requested_at: Timestamp


class Own(TypedDict):
    account: AccountShown
    courses: OwnCourses
    checkins: CheckIns
    entries_by_hand: int
    phones: list[Phone]
    devices: list[OwnDevice]
    forget: ForgetRequested | None


class DataItem(TypedDict):
    path: str
    data: dict[str, Any]


class DataPage(TypedDict):
    items: list[DataItem]
    next: str | None


class ForgetRequests(TypedDict):
    total: int
    items: list[ForgetRequested]


OWN: dict[str, Any] = {"who": (ID_TOKEN,), "refuses": (Forbidden,)}

ENDPOINTS = {
    "config": Endpoint(
        "Says how people sign in: the button for Google, the domains, the mode.",
        "Memberi tahu cara masuk: tombol Google, domain yang diizinkan, mode.",
        answers={"google": True, "domains": ["kampus.ac.id"], "auth_mode": "verified"},
    ),
    "list_people": Endpoint(
        "Lists the students of a course with the state of their accounts, or all accounts.",
        "Menampilkan peserta mata kuliah dengan keadaan akunnya, atau semua akun.",
        who=(ID_TOKEN,),
        refuses=(Forbidden,),
    ),
    "import_class": Endpoint(
        "Plans, and with `apply` makes, the accounts and the roster of a class.",
        "Merencanakan, dan dengan `apply` membuat, akun dan daftar peserta satu kelas.",
        who=(ID_TOKEN,),
        refuses=(Forbidden, Missing("csv"), Invalid("csv"), Conflict, TooLarge),
        sends={
            "course_id": "cloud-101",
            "csv": "NIM,Nama,Email\n20230001,Budi Santoso,budi@kampus.test\n",
            "apply": False,
        },
    ),
    "invite": Endpoint(
        "Makes an account, with a link by which its holder sets a password.",
        "Membuat akun, dengan tautan untuk menetapkan kata sandi.",
        who=(ID_TOKEN,),
        refuses=(
            Forbidden,
            DomainNotAllowed,
            Missing("user_id"),
            Invalid("course_id"),
            AddressTaken,
            OtherRole,
            Disabled,
            AddressNotVerified,
            TooManyTeachers,
            NoAddress,
            AccountNotFound,
            Conflict,
        ),
        sends={
            "email": "citra@kampus.test",
            "name": "Citra Dewi",
            "role": "student",
            "user_id": "20230003",
            "course_id": "cloud-101",
        },
        answers={"uid": "20230003", "link": "https://example.test/__/auth/action?oobCode=…"},
    ),
    "set_role": Endpoint(
        "Sets the role of an account, or takes it with null.",
        "Menetapkan peran sebuah akun, atau mencabutnya dengan null.",
        who=(ID_TOKEN,),
        refuses=(
            Forbidden,
            DomainNotAllowed,
            AccountNotFound,
            OwnAccount,
            AddressNotVerified,
            Conflict,
        ),
        sends={"uid": "dosen-02", "role": "instructor"},
        answers={"uid": "dosen-02", "role": "instructor"},
    ),
    "reset": Endpoint(
        "Makes a link by which the holder of an account sets a new password.",
        "Membuat tautan untuk menetapkan kata sandi baru.",
        who=(ID_TOKEN,),
        refuses=(Forbidden, AccountNotFound, NoAddress, OtherCourse, Disabled),
        sends={"uid": "20230001", "course_id": "cloud-101"},
        answers={"uid": "20230001", "link": "https://example.test/__/auth/action?oobCode=…"},
    ),
    "remove": Endpoint(
        "Takes a student off a roster; without a course deletes an account, and keeps its data.",
        "Mengeluarkan peserta dari daftar; tanpa mata kuliah menghapus akun, tetapi bukan datanya.",
        who=(ID_TOKEN,),
        refuses=(Forbidden, AccountNotFound, OwnAccount, Conflict),
        sends={"uid": "20230001", "course_id": "cloud-101"},
        answers={"uid": "20230001", "account": False},
    ),
    "claim": Endpoint(
        "Makes the holder of a claim link the first admin, while there is none: the caller, if"
        " signed in.",
        "Menjadikan pemegang tautan klaim admin pertama, selama belum ada admin: pemanggil, jika"
        " sudah masuk.",
        who=(NOBODY,),
        refuses=(
            ClaimInvalid,
            Unauthorized,
            Missing("email"),
            DomainNotAllowed,
            ClaimExpired,
            ClaimUsed,
            AdminExists,
            SignInFirst,
            NoAddress,
            AddressNotVerified,
            AddressTaken,
            AccountNotFound,
            Conflict,
            TooManyClaims,
        ),
        sends={
            "link": "1800000000.b1Rz…",
            "email": "admin@kampus.test",
            "name": "Agus Pratama",
            "password": "a long password",
        },
        answers={"uid": "admin-7hk3", "email": "admin@kampus.test"},
    ),
    "me": Endpoint(
        "Shows what is stored of the caller: account, courses, check-ins, phones, devices.",
        "Menampilkan data pemanggil yang tersimpan: akun, mata kuliah, kehadiran, HP, perangkat.",
        **OWN,
    ),
    "my_data": Endpoint(
        "Gives the caller all documents about them, page by page.",
        "Memberikan semua dokumen tentang pemanggil, halaman demi halaman.",
        **OWN,
    ),
    "request_forget": Endpoint(
        "Requests that an admin deletes what is stored of the caller.",
        "Meminta admin menghapus data pemanggil yang tersimpan.",
        sends={"reason": "Saya sudah lulus"},
        **OWN,
    ),
    "withdraw_forget": Endpoint(
        "Takes the caller's request to be forgotten back.",
        "Menarik kembali permintaan penghapusan data pemanggil.",
        **OWN,
    ),
    "forget_requests": Endpoint(
        "Lists the open requests to be forgotten, the oldest first.",
        "Menampilkan permintaan penghapusan data yang terbuka, yang terlama lebih dulu.",
        who=(ID_TOKEN,),
        refuses=(Forbidden,),
    ),
}
