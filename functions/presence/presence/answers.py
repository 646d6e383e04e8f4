"""What the presence endpoints answer and refuse, for the type checker and the API's document."""

from typing import Any, Literal

from typing_extensions import TypedDict

from presence.errors import (
    LastTeacher,
    NotAnInstructor,
    SessionClosed,
    SessionNotFound,
    TeacherNotFound,
    TokenExpired,
    TokenInvalid,
    TokenMismatch,
    TooManyAttempts,
)
from presence.files import TYPES
from shared.base.errors import Conflict, Forbidden
from shared.domain.courses import TooManyTeachers
from shared.web.answers import ID_TOKEN, WHEN_VERIFIED, Endpoint, Timestamp


class Generated(TypedDict):
    qr_token: str
    expires_at: Timestamp


class CheckedIn(TypedDict):
    presence_id: str
    status: str


class PresenceStatus(TypedDict):
    user_id: str
    course_id: str
    session_id: str
    status: str
    last_ts: Timestamp | None


class PresenceItem(TypedDict):
    presence_id: str
    user_id: str
    device_id: str
    ts: Timestamp
    status: str
    flags: list[str]


class PresenceList(TypedDict):
    total: int
    items: list[PresenceItem]


class Stopped(TypedDict):
    status: Literal["stopped"]


class OpenSession(TypedDict):
    course_id: str
    session_id: str
    status: Literal["open"]
    issued_at: Timestamp
    expires_at: Timestamp


class OpenSessions(TypedDict):
    total: int
    items: list[OpenSession]


class CourseName(TypedDict):
    course_id: str
    name: str


class Teacher(TypedDict):
    uid: str
    name: str


class Teachers(TypedDict):
    total: int
    items: list[Teacher]


class RemovedTeacher(TypedDict):
    uid: str


class ImportedRoster(TypedDict):
    total: int
    added: int
    removed: int


class MarkedRecord(TypedDict):
    user_id: str
    status: Literal["checked_in", "absent"]


SESSION = {"course_id": "cloud-101", "session_id": "sesi-02"}

BY_TEACHER: dict[str, Any] = {"who": (ID_TOKEN,), "refuses": (Forbidden,)}

ENDPOINTS = {
    "generate": Endpoint(
        "Draws a code that opens a session for two minutes.",
        "Membuat kode yang membuka sesi selama dua menit.",
        who=WHEN_VERIFIED,
        refuses=(SessionClosed, Forbidden, Conflict),
        sends={**SESSION, "ts": "2026-02-18T10:00:00Z"},
        answers={"qr_token": "TKN-8F2A19", "expires_at": "2026-02-18T10:02:00Z"},
    ),
    "checkin": Endpoint(
        "Records that a user came; a repeat answers the same.",
        "Mencatat kehadiran; pengulangan mendapat jawaban yang sama.",
        who=WHEN_VERIFIED,
        refuses=(
            TokenInvalid,
            TokenMismatch,
            SessionClosed,
            TokenExpired,
            Forbidden,
            Conflict,
            TooManyAttempts,
        ),
        sends={
            "user_id": "2023xxxx",
            "device_id": "dev-001",
            **SESSION,
            "qr_token": "TKN-8F2A19",
            "ts": "2026-02-18T10:01:10Z",
        },
        answers={"presence_id": "PR-0001", "status": "checked_in"},
    ),
    "status": Endpoint(
        "Says whether a user is checked in or absent.",
        "Memberi tahu apakah pengguna hadir atau tidak.",
        who=WHEN_VERIFIED,
        refuses=(Forbidden,),
        answers={
            "user_id": "2023xxxx",
            **SESSION,
            "status": "checked_in",
            "last_ts": "2026-02-18T10:01:10Z",
        },
    ),
    "list_presences": Endpoint(
        "Lists who came, the oldest first, with what an instructor should look at.",
        "Menampilkan daftar hadir, yang terlama lebih dulu, dengan hal yang perlu diperiksa dosen.",
        who=WHEN_VERIFIED,
        refuses=(Forbidden,),
    ),
    "stop": Endpoint(
        "Closes a session until its next code.",
        "Menutup sesi sampai kode berikutnya.",
        who=WHEN_VERIFIED,
        refuses=(Forbidden,),
        sends=SESSION,
        answers={"status": "stopped"},
    ),
    "active": Endpoint(
        "Lists open sessions, the latest code first.",
        "Menampilkan sesi yang terbuka, kode terbaru lebih dulu.",
        who=WHEN_VERIFIED,
    ),
    "course": Endpoint(
        "Makes a course, or names it; a course without a teacher gets the caller as one.",
        "Membuat atau menamai mata kuliah; yang belum punya pengajar menjadi milik pemanggil.",
        sends={"course_id": "cloud-101", "name": "Komputasi Awan"},
        **BY_TEACHER | {"refuses": (Forbidden, Conflict)},
    ),
    "teachers": Endpoint(
        "Lists the teachers of a course.",
        "Menampilkan pengajar mata kuliah.",
        **BY_TEACHER,
    ),
    "add_teacher": Endpoint(
        "Adds a teacher to a course, by e-mail address or uid.",
        "Menambah pengajar mata kuliah, dengan alamat surel atau uid.",
        sends={"course_id": "cloud-101", "teacher": "dosen@example.ac.id"},
        answers={"uid": "dosen-02", "name": "Pak Made"},
        **BY_TEACHER
        | {"refuses": (Forbidden, TeacherNotFound, NotAnInstructor, TooManyTeachers, Conflict)},
    ),
    "remove_teacher": Endpoint(
        "Removes a teacher from a course; the last one stays.",
        "Mengeluarkan pengajar dari mata kuliah; yang terakhir tetap.",
        **BY_TEACHER | {"refuses": (Forbidden, TeacherNotFound, LastTeacher, Conflict)},
    ),
    "roster": Endpoint(
        "Imports a course's students from the CSV file of a spreadsheet.",
        "Mengimpor peserta mata kuliah dari berkas CSV.",
        sends={"course_id": "cloud-101", "csv": "NIM,Nama\n20230001,Budi Santoso\n"},
        **BY_TEACHER,
    ),
    "mark": Endpoint(
        "Enters by hand that somebody came or did not, with the reason.",
        "Mencatat kehadiran atau ketidakhadiran secara manual, dengan alasannya.",
        sends={**SESSION, "user_id": "2023xxxx", "status": "checked_in", "reason": "HP rusak"},
        **BY_TEACHER | {"refuses": (Forbidden, SessionNotFound, Conflict)},
    ),
    "export": Endpoint(
        "The presences of a session or a whole course as a file for a spreadsheet.",
        "Daftar hadir satu sesi atau seluruh mata kuliah sebagai berkas spreadsheet.",
        content=tuple(sorted(kind.partition(";")[0] for kind in TYPES.values())),
        answer=str,
        **BY_TEACHER,
    ),
}
