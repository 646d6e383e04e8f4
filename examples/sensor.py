"""A sensor in Python: measures, keeps its readings on disk, and posts them once a minute.

    pip install ./clients/python
    simpul register --base-url https://YOUR-PROJECT.web.app --email OWNER --device-id KOS-01
    python3 examples/sensor.py

A test runs this file.
"""

from __future__ import annotations

import argparse
import random

from simpul_client import Device


def measure() -> list[tuple[str, float]]:
    """What the sensor says now; a real one is read here."""
    return [("temperature", round(random.uniform(29, 31), 1))]  # noqa: S311


def main() -> None:
    """Runs until Ctrl-C. What was measured without network is sent later, also after a restart."""
    parser = argparse.ArgumentParser(description="A sensor.")
    parser.add_argument("--device", default="device.json", help="the file that `register` wrote")
    parser.add_argument("--every", type=float, default=5, help="seconds between measurements")
    parser.add_argument("--post-every", type=float, default=60, help="seconds between POSTs")
    asked = parser.parse_args()
    try:
        with Device.load(asked.device) as device:
            device.run(measure, asked.every, asked.post_every)
    except KeyboardInterrupt:
        print("Stopped.")


if __name__ == "__main__":
    main()
