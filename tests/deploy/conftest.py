from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.deploy.google import Google
from tests.deploy.rehearsal import Rehearsal, rehearsing
from tests.deploy.serving import served


@pytest.fixture(scope="module")
def rehearsal(firestore_host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """A clone and a new project, whose functions run against the Firestore emulator."""
    folder, google = tmp_path_factory.mktemp("rehearsal"), Google(documents=firestore_host)
    with ExitStack() as stack:
        stack.enter_context(served(google, folder))
        yield stack.enter_context(rehearsing(folder, google))
