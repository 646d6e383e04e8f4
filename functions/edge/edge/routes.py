"""The edge endpoints that machines call, each as its line in the contract reads.

What each endpoint does and refuses: answers.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from flask import Blueprint

from edge import admin, rules
from edge.access import machine_by_key
from edge.errors import CommandNotFound, ModelNotFound, ModelStoreUnavailable
from edge.group import Group
from edge.requests import (
    AcknowledgeRequest,
    HandshakeRequest,
    HeartbeatRequest,
    ModelSyncRequest,
    TelemetryRequest,
)
from shared.base import clock, settings
from shared.base.errors import TooLarge
from shared.base.timestamps import text
from shared.domain import signing
from shared.domain.machines import Machine, network_key
from shared.web import auth, refusals
from shared.web.app import Api
from shared.web.client import client_network
from shared.web.endpoints import data, endpoint
from shared.web.envelopes import StatusEnvelope, both

if TYPE_CHECKING:
    from datetime import datetime

    from edge.answers import (
        AiModel,
        Beat,
        BeatAnswer,
        CommandState,
        HandshakeAnswer,
        Handshaken,
        MachinePolicy,
        Measured,
        MeasuredAnswer,
        ModelUpdate,
        ModelUpdateAnswer,
    )
    from edge.store import Store
    from shared.web.answers import Answer

LARGEST_HANDSHAKE = 150_000  # bytes of JSON

routes = Blueprint("edge", __name__)


def _nonce() -> str:
    return secrets.token_hex(12)


def create_app(
    store: Callable[[], Store],
    now: clock.Clock = clock.now,
    choice: Callable[[str], str] = secrets.choice,
    nonce: Callable[[], str] = _nonce,
) -> Api:
    """The edge group on this store, by this clock, with chance from `choice` and `nonce`."""
    needs = (settings.KIOSK_KEYS, settings.PIN_SECRET, settings.MODEL_SECRET_KEY)
    app = Api("edge", "/api/v1/edge", StatusEnvelope(), refusals.all_errors, needs)
    group = Group(store, now, choice, nonce)
    app.mount(routes, group)
    app.mount(admin.routes, group)
    return app


@routes.post("/handshake")
@endpoint(HandshakeRequest, caller=machine_by_key)
def handshake(group: Group, machine: Machine, request: HandshakeRequest) -> HandshakeAnswer:
    now = group.now()
    report = request.model_dump_json(exclude_unset=True).encode()
    if len(report) > LARGEST_HANDSHAKE:
        raise TooLarge
    answer = {**data(_handshaken(group, machine, now)), "message": "Handshake successful"}
    live = rules.live_fields(request.model_dump())
    hardware = rules.hardware_changes(machine, request.hardware_id, now)
    if hardware:
        group.machines.drop(machine.uuid)
    group.store().add_handshake(machine, report, live, _home(group, machine), hardware, now)
    return cast("HandshakeAnswer", answer)


@routes.post("/heartbeat")
@endpoint(HeartbeatRequest, caller=machine_by_key)
def heartbeat(group: Group, machine: Machine, request: HeartbeatRequest) -> BeatAnswer:
    now, store = group.now(), group.store()
    live = rules.live_fields(request.model_dump())
    store.set_online(machine, live, _home(group, machine), now)
    commands = store.deliver_pending(machine.uuid, now)
    beat: Beat = {"server_time": text(now), "commands": commands}
    return cast("BeatAnswer", both(beat))


@routes.post("/telemetry")
@endpoint(TelemetryRequest, caller=machine_by_key)
def telemetry(group: Group, machine: Machine, request: TelemetryRequest) -> MeasuredAnswer:
    now = group.now()
    batch = rules.new_batch(machine.uuid, request.sensors, request.timestamp, now, group.nonce())
    group.store().add_telemetry(batch)
    measured: Measured = {"count": len(request.sensors), "server_time": text(now)}
    return cast("MeasuredAnswer", both(measured))


@routes.get("/model-sync")
@endpoint(ModelSyncRequest, caller=machine_by_key)
def model_sync(group: Group, machine: Machine, request: ModelSyncRequest) -> ModelUpdateAnswer:
    name = request.model_name or machine.model_name or settings.MODEL_NAME.get()
    active = group.models.active(name, group.now())
    if active is None:
        raise ModelNotFound
    update: ModelUpdate = {"update_available": False}
    if active.version != request.current_version:
        update = {
            "update_available": True,
            "model_name": name,
            "latest_version": active.version,
            "current_version": request.current_version,
            "sha256_hash": active.sha256,
            "file_size": active.size,
            "download_url": group.models.link(active),
        }
    return cast("ModelUpdateAnswer", both(update))


@routes.post("/commands/<command_id>/ack")
@endpoint(AcknowledgeRequest, caller=machine_by_key)
def acknowledge(
    group: Group, machine: Machine, request: AcknowledgeRequest, command_id: str
) -> Answer[CommandState]:
    result = rules.result_text(request.result)
    state = group.store().acknowledge(machine.uuid, command_id, request.status, result, group.now())
    if state is None:
        raise CommandNotFound
    return data({"id": command_id, "status": state})


def _home(group: Group, machine: Machine) -> str:
    """The network that the machine calls from, where its screen is; "" if it may pretend."""
    home = network_key(client_network())
    if home != machine.home:
        group.machines.drop(machine.uuid)
    return home


def _handshaken(group: Group, machine: Machine, now: datetime) -> Handshaken:
    """What a machine needs to start, in both forms that machines read."""
    uuid, generation = machine.uuid, machine.generation
    kiosk_url = signing.signed_link(uuid, generation, now)
    auth_token = auth.custom_token(f"machine-{uuid}", machine=uuid, generation=generation)
    return {
        "uuid": machine.uuid,
        "kiosk_url": kiosk_url,
        "ws_auth_token": auth_token,
        "identity": {
            "rvm_id": machine.number,
            "rvm_uuid": machine.uuid,
            "rvm_name": machine.name,
        },
        "kiosk": {"url": kiosk_url, "timezone": machine.timezone},
        "websocket": {
            "channel": f"rvm.{machine.uuid}",
            "auth_token": auth_token,
            "project_id": settings.project_id(),
            "api_key": settings.WEB_API_KEY.get(),
            "path": f"rvm/{machine.uuid}",
        },
        "policy": cast("MachinePolicy", dict(machine.policy)),
        "ai_model": _ai_model(group, machine, now),
    }


def _ai_model(group: Group, machine: Machine, now: datetime) -> AiModel | None:
    """The model to run; None without the model store, for a machine starts without it too."""
    name = machine.model_name or settings.MODEL_NAME.get()
    try:
        active = group.models.active(name, now)
    except ModelStoreUnavailable:
        return None
    if active is None:
        return None
    return {
        "target_version": active.version,
        "hash": active.sha256,
        "update_source_url": group.models.link(active),
    }
