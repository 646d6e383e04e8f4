"""Readings that wait on disk, in their order, in batches that a restart does not change."""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from pathlib import Path
from typing import Any

MOST_IN_A_BATCH = 1000
MOST_DAYS = 30  # of a batch's readings; the server takes 31, the day of the POST included
MOST_WAITING = 500_000  # then the oldest gives way

Reading = dict[str, Any]

SCHEMA = """
create table if not exists waiting (
  number integer primary key autoincrement, reading text not null, batch text
);
create table if not exists refused (
  number integer primary key, reading text not null, why text not null
);
"""
SURPLUS = """
delete from waiting
where number in (select number from waiting order by number desc limit -1 offset ?)
"""


class Buffer:
    """A file of readings. A batch is fixed before it is sent: a repeat is the same POST."""

    def __init__(self, file: str | Path = ":memory:") -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(str(file), check_same_thread=False, timeout=30)
        with self._database:
            self._database.executescript(SCHEMA)

    def close(self) -> None:
        """Closes the file; what waits stays in it."""
        self._database.close()

    def __len__(self) -> int:
        (count,) = self._all("select count(*) from waiting")[0]
        return int(count)

    def add(self, reading: Reading) -> None:
        """Stores a reading behind the others."""
        with self._lock, self._database as database:
            text = json.dumps(reading)
            row = database.execute("insert into waiting (reading) values (?)", [text])
            if (row.lastrowid or 0) % 1000 == 0:
                database.execute(SURPLUS, [MOST_WAITING])

    def batch(self) -> tuple[str, list[Reading]]:
        """(name, readings): the batch that was begun, else a new one of the oldest readings."""
        with self._lock, self._database as database:
            named = "select batch, reading from waiting where batch is not null order by number"
            rows = database.execute(named).fetchall()
            if rows:
                return rows[0][0], [json.loads(reading) for _, reading in rows]
            oldest = "select number, reading from waiting order by number limit ?"
            found = [
                (number, json.loads(reading))
                for number, reading in database.execute(oldest, [MOST_IN_A_BATCH])
            ]
            chosen = found[: _of_few_days([reading for _, reading in found])]
            name = uuid.uuid4().hex
            if chosen:
                until = "update waiting set batch = ? where number <= ?"
                database.execute(until, [name, chosen[-1][0]])
            return name, [reading for _, reading in chosen]

    def accepted(self, name: str) -> None:
        """Deletes a batch."""
        with self._lock, self._database as database:
            database.execute("delete from waiting where batch = ?", [name])

    def refuse(self, name: str, why: dict[int, str]) -> None:
        """Puts the readings at these positions of a batch aside; the others wait again."""
        with self._lock, self._database as database:
            rows = database.execute(
                "select number, reading from waiting where batch = ? order by number", [name]
            ).fetchall()
            for position, (number, reading) in enumerate(rows):
                if position in why:
                    put = "insert into refused values (?, ?, ?)"
                    database.execute(put, [number, reading, why[position]])
                    database.execute("delete from waiting where number = ?", [number])
            database.execute("update waiting set batch = null")

    def refused(self) -> list[tuple[Reading, str]]:
        """Readings that the server has refused, each with the reason."""
        rows = self._all("select reading, why from refused order by number")
        return [(json.loads(reading), why) for reading, why in rows]

    def _all(self, query: str) -> list[Any]:
        with self._lock:
            return self._database.execute(query).fetchall()


def _of_few_days(readings: list[Reading]) -> int:
    """How many of the first readings one POST may contain."""
    days: set[str] = set()
    for position, reading in enumerate(readings):
        days.add(reading["timestamp"][:10])
        if len(days) > MOST_DAYS:
            return position
    return len(readings)
