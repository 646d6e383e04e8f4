"""The protobuf messages of Google APIs, without the clients that their packages load."""

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any


def messages(package: str) -> Any:
    """The messages of a package such as `google.cloud.firestore_v1`: its module `types`.

    The package's own code loads each of its clients, which takes three times as long as the
    messages. So they are loaded below a package whose own code has not run. A later import of
    the package gets all of it, with these messages.
    """
    if package in sys.modules:
        return import_module(f"{package}.types")
    spec = find_spec(package)
    assert spec is not None
    sys.modules[package] = module_from_spec(spec)
    try:
        return import_module(f"{package}.types")
    finally:
        del sys.modules[package]
