"""The function `upkeep`: runs every five minutes."""

import functions_framework
from flask import Request

from upkeep import open_store
from upkeep.rounds import create_round

go_round = create_round(open_store)


@functions_framework.http
def upkeep(_: Request) -> dict[str, int]:
    return {"silent": go_round()}
