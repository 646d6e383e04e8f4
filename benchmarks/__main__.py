"""Runs the benchmark."""
import sys, time
from benchmarks import speed
from benchmarks.calls import Calls
from benchmarks.world import world

with world() as here:
    t = time.monotonic()
    calls = Calls(here)
    rows = speed.rows(here, calls)
    print("ready", time.monotonic() - t, flush=True); t = time.monotonic()
    speed.measure(rows, int(sys.argv[1]))
    print("measured", time.monotonic() - t)
    for r in rows:
        print(f"{r.name:28} {r.floor_name:7} {r.p50!s:20} {r.target} cpu {r.cpu!s:20} {r.milliseconds:.2f} ms")
