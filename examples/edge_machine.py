"""A machine in the field: its own part of a reverse-vending machine's program.

The client's loop shakes hands, listens to the machine's channel, executes each command once, and
sends heartbeats and telemetry. Needs `pip install "./clients/python[listen]"`. A test runs it.

    python3 examples/edge_machine.py --demo .simpul/demo.json
    python3 examples/edge_machine.py --credentials FILE       (as the machines' page gives it)
    python3 examples/edge_machine.py --base-url https://PROJECT.web.app --api-key KEY
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
from pathlib import Path
from typing import Any

from simpul_client import Machine, Memory


class Hardware:
    """The machine's body; a real one drives pins and ports here."""

    def __init__(self) -> None:
        self.is_door_open = False

    def execute(self, command: dict[str, Any]) -> dict[str, Any]:
        """Does it and says how it went. Raises ValueError for what it cannot do."""
        action = command["action"]
        if action in ("open_door", "close_door"):
            self.is_door_open = action == "open_door"
            return {"door": "open" if self.is_door_open else "closed"}
        if action in ("test_motor", "test_led", "test_sensor", "check_connection"):
            return {action: "ok"}
        if action == "check_model_update":
            return {"version": "1.0.0"}
        if action == "reboot_edge":
            return {"reboot": "in a minute"}
        raise ValueError(f"unknown action {action}")

    def sensors(self) -> dict[str, float]:
        """What it measures now."""
        return {
            "bin_capacity": round(random.uniform(40, 45), 1),  # noqa: S311
            "temperature": round(random.uniform(29, 31), 1),  # noqa: S311
        }


def arguments() -> argparse.Namespace:
    """The command line, with what a file of credentials or of the demo says."""
    parser = argparse.ArgumentParser(description="A machine in the field.")
    parser.add_argument("--base-url")
    parser.add_argument("--api-key")
    parser.add_argument("--hardware-id", help="the board's name; without one this computer's")
    parser.add_argument("--credentials", type=Path, help="the file that the machines' page gave")
    parser.add_argument("--demo", type=Path, help="the demo.json of a running dev.py up")
    parser.add_argument("--memory", type=Path, help="a file for the ids of executed commands")
    parser.add_argument("--heartbeat", type=float, default=60, help="seconds between heartbeats")
    parser.add_argument("--telemetry", type=float, default=10, help="seconds between telemetry")
    asked = parser.parse_args()
    if asked.credentials:
        given = json.loads(asked.credentials.read_text(encoding="utf-8"))
        asked.base_url, asked.api_key = given["base_url"], given["api_key"]
    if asked.demo:
        demo = json.loads(asked.demo.read_text(encoding="utf-8"))
        asked.base_url, asked.api_key = demo["base_url"], demo["machine"]["api_key"]
        asked.hardware_id = asked.hardware_id or demo["machine"]["hardware_id"]
        os.environ["FIREBASE_AUTH_EMULATOR_HOST"] = demo["auth"]["emulator"]
        os.environ["FIRESTORE_EMULATOR_HOST"] = demo["firestore"]["emulator"]
    if not asked.base_url or not asked.api_key:
        parser.error("give --demo, --credentials, or --base-url and --api-key")
    return asked


def main() -> None:
    """Runs the machine until Ctrl-C."""
    asked, hardware = arguments(), Hardware()
    machine = Machine(
        asked.base_url,
        asked.api_key,
        asked.hardware_id or platform.node() or "unknown board",
        execute=hardware.execute,
        sensors=hardware.sensors,
        memory=Memory(asked.memory),
        version="example 1.0",
    )
    told = machine.handshake()
    print(f"I am {told['identity']['rvm_name']}. My screen: {told['kiosk_url']}", flush=True)
    try:
        machine.run(asked.heartbeat, asked.telemetry)
    except KeyboardInterrupt:
        machine.stop.set()


if __name__ == "__main__":
    main()
