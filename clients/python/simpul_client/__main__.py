"""`simpul register` and `simpul send`: a device from the command line."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simpul_client.devices import TYPES, Device, register
from simpul_client.http import SimpulError
from simpul_client.signin import sign_in


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Returns 0 if it succeeded."""
    asked = _parser().parse_args(arguments)
    try:
        asked.command(asked)
    except (SimpulError, OSError, ValueError) as error:
        print(f"simpul: {error}", file=sys.stderr)
        return 1
    return 0


def _register(asked: Any) -> None:
    if asked.file.exists():
        raise ValueError(f"{asked.file} exists already: this device is registered")
    password = getpass.getpass(f"Password of {asked.email}: ")
    token = sign_in(asked.base_url, asked.email, password)
    found = register(asked.base_url, token, asked.device_id, asked.name or asked.device_id)
    credentials = {
        "base_url": asked.base_url,
        "device_id": found["device_id"],
        "api_key": found["api_key"],
    }
    asked.file.write_text(json.dumps(credentials, indent=2) + "\n", encoding="utf-8")
    print(f"{found['device_id']} is registered. Its key is in {asked.file}: keep that file secret.")


def _send(asked: Any) -> None:
    with Device.load(asked.file) as device:
        device.add(asked.type, asked.value)
        count = device.flush()
    print(f"Sent: {count}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("simpul", description="A device of a Simpul server.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    new = commands.add_parser("register", help="registers this device and writes its key to a file")
    new.add_argument("--base-url", required=True, help="https://YOUR-PROJECT.web.app")
    new.add_argument("--email", required=True, help="the owner's account")
    new.add_argument("--device-id", required=True)
    new.add_argument("--name", help="the device_id, if absent")
    new.set_defaults(command=_register)
    send = commands.add_parser("send", help="sends a reading, after those that wait")
    send.add_argument("type", choices=TYPES)
    send.add_argument("value", type=float)
    send.set_defaults(command=_send)
    for command in (new, send):
        command.add_argument("--file", type=Path, default=Path("device.json"), help="device.json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
