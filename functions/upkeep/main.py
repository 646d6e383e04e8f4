"""The function `upkeep`: runs one sweep; the scheduler calls it every five minutes."""

from shared.base import process

process.begin_loading()  # before the imports below: puts off garbage collection while modules load

import functions_framework
from flask import Request

from upkeep import open_store
from upkeep.sweep import create_sweep

sweep = create_sweep(open_store)


@functions_framework.http
def upkeep(_: Request) -> dict[str, int]:
    return {"silent": sweep()}
