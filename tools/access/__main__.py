"""Writes docs/access.md, with emulators of its own."""

import os
import sys
from unittest.mock import patch

from tests.conftest import LOADED_PROJECT, load
from tests.topic import Topic
from tools import emulators
from tools.access.matrix import matrix
from tools.access.page import FILE, text
from tools.console import say


def main() -> int:
    """0 when the page is written."""
    with emulators.running("firestore") as firestore, emulators.running("pubsub") as pubsub:
        env = {
            "FIRESTORE_EMULATOR_HOST": firestore,
            "PUBSUB_EMULATOR_HOST": pubsub,
            "GOOGLE_CLOUD_PROJECT": LOADED_PROJECT,
        }
        with patch.dict(os.environ, env):
            Topic(pubsub, LOADED_PROJECT)
            FILE.write_text(text(matrix(load)), encoding="utf-8", newline="\n")
    say(f"Wrote {FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
