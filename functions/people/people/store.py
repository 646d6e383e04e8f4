"""Where the people of courses are stored, and what is stored of a person.

courses/{course}        its teachers
rosters/{course}        its students
claims/{nonce}          a claim link that was used, until its TTL; `admin`: the uid that it made
forget_requests/{uid}   who wants their data deleted, and why

A person's own data is read from the documents of all groups.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, NamedTuple

from people.errors import ClaimUsed
from people.rules import LONGEST_DOCUMENT, Position
from shared.base.errors import Conflict
from shared.base.timestamps import fixed
from shared.domain import courses, enrolment, rosters
from shared.domain.courses import with_teacher
from shared.domain.enrolment import Change
from shared.domain.rosters import Student
from shared.google.accounts import Accounts
from shared.google.firestore import Database, PreconditionFailed
from shared.google.values import Document
from shared.google.writes import UpdateTime, Write

MOST_LISTED = 1_000
TOGETHER = 30  # values that one query compares, as Firestore allows
CLAIM_KEPT = timedelta(days=2)  # longer than a link is good for

Paths = list[tuple[str, Document]]


class FirstAdmin(NamedTuple):
    """The uid that the first claim was for, empty before it; when, and when that was written."""

    uid: str
    at: datetime | None
    update_time: UpdateTime


class Store:
    """The people group's only way to Firestore and to the account service."""

    def __init__(self, database: Database, accounts: Callable[[], Accounts]) -> None:
        self._database = database
        self._accounts = accounts

    @property
    def accounts(self) -> Accounts:
        """The account service."""
        return self._accounts()

    def teachers(self, course_id: str) -> tuple[str, ...]:
        """The uids of a course's teachers. 1 RPC, 1 read."""
        document = self._database.get(self._database.path("courses", course_id))
        return courses.from_document(course_id, document).teachers

    def add_teacher(self, course_id: str, uid: str) -> None:
        """Adds a teacher to a course, as `enrolment.change_course`. Raises TooManyTeachers.

        2 RPCs, 1 read, 1 write; 1 RPC, 1 read for one who teaches it already.
        """
        enrolment.change_course(self._database, course_id, partial(with_teacher, uid=uid))

    def roster(self, course_id: str) -> list[Student]:
        """The students of a course. 1 RPC, 1 read."""
        return rosters.from_document(self._database.get(self._roster_path(course_id)))

    def change_roster(self, course_id: str, change: Change, now: datetime) -> list[Student]:
        """As `enrolment.change_roster`. 2 RPCs, 1 read, 1 write; unchanged 1 RPC, 1 read."""
        return enrolment.change_roster(self._database, course_id, change, now)

    def elsewhere(self, uids: Sequence[str], teacher: str) -> set[str]:
        """Those of these students who are also in a course that this person does not teach.

        For each TOGETHER (30) 1 RPC, and a read for each of their rosters, at least one. If there
        are any, 1 RPC more, and a read for each course.
        """
        lists: dict[str, set[str]] = {}  # by the course's path
        for start in range(0, len(uids), TOGETHER):
            wanted = list(uids[start : start + TOGETHER])
            for path, roster in self._rosters_of(wanted):
                lists.setdefault(path, set()).update(set(wanted).intersection(roster["user_ids"]))
        courses = self._database.get_all(list(lists)) if lists else []
        others = (
            found
            for course, found in zip(courses, lists.values(), strict=True)
            if teacher not in (course or {}).get("teachers", ())
        )
        return set().union(*others)

    def _rosters_of(self, uids: list[str]) -> Iterator[tuple[str, Document]]:
        """The ids on each roster that has one of these, with the path of its course."""
        parent, after = f"{self._database.path()}/rosters/", ""
        while True:
            page = self._database.page(
                self._database.path(),
                "rosters",
                where=[("user_ids", "array-contains-any", uids)],
                after=after,
                limit=MOST_LISTED,
                fields=["user_ids"],
            )
            for path, roster in page:
                yield f"{self._database.path()}/courses/{path.removeprefix(parent)}", roster
            if len(page) < MOST_LISTED:
                return
            after = page[-1][0]

    def first_admin(self) -> FirstAdmin:
        """The admin that a claim has made, or began to make. 1 RPC, 1 read."""
        document, update_time = self._database.get_with_update_time(self._claim_path("admin"))
        fields = document or {}
        return FirstAdmin(fields.get("uid", ""), fields.get("at"), update_time)

    def begin_claim(
        self, nonce: str, email: str, uid: str, admin_time: UpdateTime, now: datetime
    ) -> None:
        """Uses a claim link for this account. 2 RPCs, 1 read, 2 writes. Raises ClaimUsed, Conflict.

        The same address may go on with a link that it began to use. Conflict: another link makes
        an admin at the same time.
        """
        path = self._claim_path(nonce)
        document, update_time = self._database.get_with_update_time(path)
        if document and (document["is_done"] or document["email"] != email):
            raise ClaimUsed
        used = {
            "email": email,
            "uid": uid,
            "is_done": False,
            "at": now,
            "purge_at": now + CLAIM_KEPT,
        }
        admin = {"uid": uid, "at": now}
        try:
            self._database.commit(
                Write.replace(path, used, update_time),
                Write.replace(self._claim_path("admin"), admin, admin_time),
            )
        except PreconditionFailed:
            raise Conflict from None

    def end_claim(self, nonce: str) -> None:
        """Notes that a claim link has made its admin. 1 RPC, 1 write."""
        done = Write.set(self._claim_path(nonce), {"is_done": True}, merge=True, must_exist=True)
        self._database.commit(done)

    def forget_request(self, uid: str) -> Document | None:
        """The open request of a person, or None. 1 RPC, 1 read."""
        return self._database.get(self._request_path(uid))

    def request_forget(
        self, uid: str, name: str, email: str, reason: str, now: datetime
    ) -> Document:
        """Stores a person's request; one that is open keeps its time. 2 RPCs, 1 read, 1 write."""
        stored = self.forget_request(uid) or {}
        at = stored.get("requested_at", now)
        fields = {
            "uid": uid,
            "name": name,
            "email": email,
            "reason": reason,
            "requested_at": at,
        }
        self._database.commit(Write.set(self._request_path(uid), fields))
        return fields

    def withdraw_forget(self, uid: str) -> None:
        """Deletes a person's request, if there is one. 1 RPC, 1 write."""
        self._database.commit(Write.delete(self._request_path(uid)))

    def forget_requests(self) -> list[Document]:
        """The open requests, the oldest first, at most MOST_LISTED (1,000). 1 RPC, 1 read each."""
        return self._database.query(
            self._database.path(), "forget_requests", order_by="requested_at", limit=MOST_LISTED
        )

    def own(
        self,
        uid: str,
        position: Position,
        limit: int,
        *,
        begin: datetime | None = None,
        fields: Sequence[str] = (),
    ) -> Paths:
        """Documents of a person, by path, each with its path below the database's root.

        1 RPC, a read each and at least one. Samples, points and readings are those of the phone or
        device that the position names: the caller has compared its owner. `begin`: of samples and
        points only documents that may reach to this moment. `fields`: only these of each.
        """
        kind, thing = position.kind, position.thing
        root = self._database.path()
        parent, collection, where, everywhere = root, kind, _OWN.get(kind), False
        if kind in ("accel", "gps"):
            parent = self._database.path("telemetry", thing)
        elif kind == "readings":
            parent = self._database.path("devices", thing)
        elif kind in ("presences", "marks"):
            everywhere = True
        elif kind == "phones":
            collection = "telemetry"
        after = f"{root}/{position.after}" if position.after else ""
        if begin and not after:  # their ids begin with their time
            after = f"{parent}/{kind}/{fixed(begin - LONGEST_DOCUMENT)}"
        found = self._database.page(
            parent,
            collection,
            where=[(*where, uid)] if where else (),
            after=after,
            limit=limit,
            fields=fields,
            collection_group=everywhere,
        )
        return [(path.removeprefix(f"{root}/"), fields) for path, fields in found]

    def owned(self, uid: str, position: Position) -> Document | None:
        """The phone or device of a position; None unless it is this person's. 1 RPC, 1 read."""
        collection = "devices" if position.kind == "readings" else "telemetry"
        document = self._database.get(self._database.path(collection, position.thing))
        return document if document and document.get("owner") == uid else None

    def heads(self, phones: Sequence[str]) -> list[Document | None]:
        """The heads of phones: of samples and of points, one after the other. 1 RPC, 2 reads each.

        1 RPC less without phones.
        """
        paths = [
            self._database.path("telemetry", phone, "newest", kind)
            for phone in phones
            for kind in ("accel", "gps")
        ]
        return self._database.get_all(paths) if paths else []

    def _roster_path(self, course_id: str) -> str:
        return self._database.path("rosters", course_id)

    def _claim_path(self, nonce: str) -> str:
        return self._database.path("claims", nonce)

    def _request_path(self, uid: str) -> str:
        return self._database.path("forget_requests", uid)


# By what a person's documents are found; those below a phone or device by their place.
_OWN: dict[str, tuple[str, Literal["==", "array-contains"]]] = {
    "rosters": ("user_ids", "array-contains"),
    "courses": ("teachers", "array-contains"),
    "presences": ("user_id", "=="),
    "marks": ("user_id", "=="),
    "phones": ("owner", "=="),
    "devices": ("owner", "=="),
}
