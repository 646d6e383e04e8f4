"""Garbage collection: the longest pause in 2,000 requests, measured inside the process.

In CPU time, so that other processes on the machine do not count.
"""

import gc
import time
from datetime import UTC, datetime, timedelta

import functions_framework

from benchmarks import bodies
from benchmarks.servers import group

REQUESTS = 2_000
WARM = 50  # the first ones load the clients


def longest() -> float:
    """The longest collection in seconds, over POSTs of 50 samples to the loaded function."""
    source = group("telemetry") / "main.py"
    app = functions_framework.create_app("telemetry", str(source))  # type: ignore[no-untyped-call]
    client, pauses, began = app.test_client(), [0.0], [0.0]

    def watch(phase: str, _: object) -> None:
        if phase == "start":
            began[0] = time.thread_time()
        else:
            pauses.append(time.thread_time() - began[0])

    start = datetime.now(UTC).replace(microsecond=0)
    sent = [
        bodies.accel(f"pause-{number % 100}", start + timedelta(seconds=number), 50)
        for number in range(REQUESTS + WARM)
    ]
    for body in sent[:WARM]:
        client.post("/telemetry/accel", data=body)
    gc.callbacks.append(watch)
    for body in sent[WARM:]:
        assert client.post("/telemetry/accel", data=body).status_code == 200
    gc.callbacks.remove(watch)
    return max(pauses)


if __name__ == "__main__":
    print(longest())
