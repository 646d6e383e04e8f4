"""What a function tunes in its process while it loads."""

import gc
import os

_USUAL_THRESHOLD = gc.get_threshold()


def begin_loading() -> None:
    """Puts off garbage collections: what a function makes while it loads stays, nearly all of it.

    Looking through it takes a seventh of a cold start. pydantic does not look for plugins in
    every package that is installed; we have none.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.set_threshold(200_000)


def finish_loading() -> None:
    """Leaves all objects made so far out of later collections, which would take 40 ms each."""
    gc.freeze()
    gc.set_threshold(*_USUAL_THRESHOLD)
