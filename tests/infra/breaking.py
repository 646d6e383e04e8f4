"""A database whose run breaks off."""

from administration import AdminDatabase

from shared.google.firestore import Database
from shared.google.writes import Write


class Breaking(AdminDatabase):
    """Applies so many commits of a run, and raises ConnectionError at the next."""

    def __init__(self, database: Database, commits: int) -> None:
        super().__init__(database._root.split("/")[1], dry_run=False)
        self._left = commits

    def write(self, *writes: Write) -> None:
        self._left -= 1
        if self._left < 0:
            raise ConnectionError
        super().write(*writes)
