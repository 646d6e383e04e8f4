"""The edge endpoints, each as its line in the contract reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from edge import admin, rules
from edge.access import Access
from edge.models import Models, ModelStoreUnavailable
from edge.requests import Ack, Handshake, Heartbeat, ModelQuery, Telemetry
from shared import auth, clock, fields, settings, signing
from shared.app import Endpoints, body, client_network, data, query
from shared.auth import custom_token
from shared.envelopes import Json, StatusEnvelope, both
from shared.errors import NotFound, TooLarge
from shared.machines import TELEMETRY_EVENT, Machine, client_key
from shared.timestamps import text

if TYPE_CHECKING:
    from datetime import datetime

    from edge.store import Store

LARGEST_REPORT = 200_000  # bytes of JSON


class CommandNotFound(NotFound):
    """This machine was sent no such command."""

    message = "Command not found"
    label = "COMMAND_NOT_FOUND"


class ModelNotFound(NotFound):
    """The bucket has no model of this name."""

    message = "Model not found"
    label = "MODEL_NOT_FOUND"


def create_app(
    store: Callable[[], Store],
    now: clock.Clock = clock.now,
    sign_out: Callable[[str], None] = lambda uid: auth.revoke(uid),
) -> Endpoints:
    """The edge group on this store, by this clock."""
    needs = (settings.KIOSK_KEYS, settings.PIN_SECRET, settings.MODEL_SECRET_KEY)
    app = Endpoints("edge", "/api/v1/edge", StatusEnvelope(), fields.all_errors, needs)
    access, models = Access(store), Models()

    @app.post("/handshake")
    def handshake() -> Json:
        moment = now()
        machine = access.by_key(moment)
        asked = body(Handshake)
        report = asked.model_dump_json(exclude_unset=True).encode()
        if len(report) > LARGEST_REPORT:
            raise TooLarge
        told = rules.handshake(
            machine,
            signing.signed_link(machine.uuid, moment),
            _sign_in(machine),
            _ai_model(machine, moment),
        )
        live = rules.reported(asked.model_dump())
        store().shake(machine, report, live, _home(machine), moment)
        return {**data(told), "message": "Handshake successful"}

    @app.post("/heartbeat")
    def heartbeat() -> Json:
        moment = now()
        machine = access.by_key(moment)
        live = rules.reported(body(Heartbeat).model_dump())
        store().beat(machine, live, _home(machine), moment)
        commands = store().take_pending(machine.uuid, moment)
        return both({"server_time": text(moment), "commands": commands})

    @app.post("/telemetry")
    def telemetry() -> Json:
        moment = now()
        machine = access.by_key(moment)
        asked = body(Telemetry)
        measured_at = asked.timestamp or moment
        batch_id = rules.batch_id(machine.uuid, asked.sensors, asked.timestamp)
        event: Json = {
            "kind": "machine",
            "event": TELEMETRY_EVENT,
            "device_id": machine.uuid,
            "batch_id": batch_id,
            "sensors": asked.sensors,
            "measured_at": text(measured_at),
            "received_at": text(moment),
        }
        store().add_telemetry(machine.uuid, batch_id, asked.sensors, event, moment)
        return both({"count": len(asked.sensors), "server_time": text(moment)})

    @app.get("/model-sync")
    def model_sync() -> Json:
        moment = now()
        machine = access.by_key(moment)
        asked = query(ModelQuery)
        name = asked.model_name or machine.model_name or settings.MODEL_NAME.get()
        active = models.active(name, moment)
        if active is None:
            raise ModelNotFound
        if active.version == asked.current_version:
            return both({"update_available": False})
        return both(
            {
                "update_available": True,
                "model_name": name,
                "latest_version": active.version,
                "current_version": asked.current_version,
                "sha256_hash": active.sha256,
                "file_size": active.size,
                "download_url": models.link(active),
            }
        )

    @app.post("/commands/<command_id>/ack")
    def acknowledge(command_id: str) -> Json:
        moment = now()
        machine = access.by_key(moment)
        asked = body(Ack)
        result = rules.note(asked.result)
        state = store().acknowledge(machine.uuid, command_id, asked.status, result, moment)
        if state is None:
            raise CommandNotFound
        return data({"id": command_id, "status": state})

    def _home(machine: Machine) -> str:
        """Where the machine speaks from: its screen is on the same network."""
        home = client_key(client_network())
        if home != machine.home:
            access.forget(machine)
        return home

    def _ai_model(machine: Machine, moment: datetime) -> dict[str, Any] | None:
        """The model to run; None where the bucket cannot tell: the machine starts all the same."""
        try:
            active = models.active(machine.model_name or settings.MODEL_NAME.get(), moment)
        except ModelStoreUnavailable:
            return None
        if active is None:
            return None
        return {
            "target_version": active.version,
            "hash": active.sha256,
            "update_source_url": models.link(active),
        }

    admin.add_endpoints(app, store, access, now, sign_out)
    return app


def _sign_in(machine: Machine) -> dict[str, str]:
    """What a machine needs to listen to its channel."""
    return {
        "auth_token": custom_token(f"machine-{machine.uuid}", machine=machine.uuid),
        "project_id": settings.project_id(),
        "api_key": settings.WEB_API_KEY.get(),
    }
