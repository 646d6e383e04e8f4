"""`dev.py up`: runs the whole emulator suite with demo data until Ctrl-C."""

import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tools import bucket, emulators, install, machine, seed
from tools.console import Problem, say, stop_requested, tail
from tools.paths import FIREBASE, PROJECT, REGION, ROOT, STATE, groups
from tools.processes import Process, is_free

START_WITHIN = 180.0  # seconds, with the downloads that a first start may need
_PORT_KEYS = ("port", "websocketPort")


def up(port_base: int | None, state: Path = STATE) -> None:
    """Starts everything, prints its addresses, and returns after Ctrl-C. Raises Problem.

    `state` is the folder for demo.json and the logs.
    """
    stop = stop_requested()
    ports = ports_of(port_base)
    machine.environment()  # raises Problem before anything is installed
    install.ensure()
    _require_free(ports)
    config = _configure(ports)
    demo_file = state / "demo.json"
    demo_file.unlink(missing_ok=True)  # of a suite that was killed
    say("Starting the emulators (Firestore, Pub/Sub, Auth, Functions, Hosting) …")
    started = time.monotonic()
    models = bucket.start(ports["bucket"], state)
    emulator_suite = models
    try:
        emulator_suite = _start_emulators(ports, config, state)
        demo = _demo(ports)
        if _wait(emulator_suite, demo, stop):
            say(f"First answer after {time.monotonic() - started:.0f} s. Seeding …")
            demo.update(_seed(demo))
            demo_file.write_text(json.dumps(demo, indent=2) + "\n", encoding="utf-8")
            _print_welcome(demo, state, time.monotonic() - started)
            _watch(emulator_suite, stop)
        say("Stopping …")
    finally:
        emulator_suite.stop()
        models.stop()
        demo_file.unlink(missing_ok=True)
        config.unlink(missing_ok=True)
        _rules(ports).unlink(missing_ok=True)
    say("Stopped; nothing is left running.")


def _require_free(ports: dict[str, int]) -> None:
    """Raises Problem if another process uses one of these ports."""
    in_use = [f"{port} ({name})" for name, port in ports.items() if not is_free(port)]
    if in_use:
        raise Problem(
            f"These ports are in use: {', '.join(in_use)}. End what uses them, "
            "or choose others with: python3 dev.py up --port-base 6400"
        )


def _start_emulators(ports: dict[str, int], config: Path, state: Path) -> Process:
    """Starts the Firebase CLI with its emulators, which start the functions."""
    command: list[str | Path] = ["emulators:start", "--project", PROJECT, "--config", config]
    env = {
        **_own_project(machine.environment()),
        **emulators.binaries(),
        **bucket.settings(ports["bucket"]),
        "PUBLIC_URL": f"http://127.0.0.1:{ports['hosting']}",
        "WEB_API_KEY": seed.API_KEY,
        "SIGN_IN_GOOGLE": "on",  # the emulator of accounts simulates it
    }
    log = state / "emulators.log"
    return Process([machine.node(), FIREBASE, *command], cwd=ROOT, env=env, log=log)


def _watch(emulator_suite: Process, stop: threading.Event) -> None:
    """Returns after Ctrl-C. Raises Problem if the emulators end before."""
    while not stop.wait(0.5):
        if not emulator_suite.running:
            log = emulator_suite.log
            raise Problem(f"The emulators ended. {log}:\n{tail(log)}")


def _own_project(env: dict[str, str]) -> dict[str, str]:
    """The environment with the demo project and without the emulators of another suite."""
    without = {name: value for name, value in env.items() if not name.endswith("_EMULATOR_HOST")}
    return {**without, "GOOGLE_CLOUD_PROJECT": PROJECT, "GCLOUD_PROJECT": PROJECT, "PYTHONPATH": ""}


def ports_of(port_base: int | None) -> dict[str, int]:
    """Each port by its use: those of firebase.json, or as many from `port_base` on."""
    ports = {
        name if key == "port" else f"{name} {key}": emulator[key]
        for name, emulator in _configuration()["emulators"].items()
        if isinstance(emulator, dict)
        for key in _PORT_KEYS
        if key in emulator
    }
    ports["bucket"] = max(ports.values()) + 1
    if port_base is None:
        return ports
    if not 1024 <= port_base <= 65_536 - len(ports):
        raise Problem(f"--port-base must be from 1024 to {65_536 - len(ports)}")
    return {name: port_base + i for i, name in enumerate(ports)}


def _configure(ports: dict[str, int]) -> Path:
    """Writes the CLI's configuration with these ports into ROOT: its paths are relative."""
    config = _configuration()
    for name, port in ports.items():
        emulator, _, key = name.partition(" ")
        if emulator not in config["emulators"]:
            continue  # not one of the CLI's
        config["emulators"][emulator][key or "port"] = port
    _let_pages_reach_the_emulators(config["hosting"], ports)
    config["firestore"]["rules"] = _write_rules(ports).name
    path = ROOT / f".simpul.firebase.{ports['hosting']}.json"
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")
    return path


def _write_rules(ports: dict[str, int]) -> Path:
    """Writes the rules of the functions' AUTH_MODE."""
    mode, path = os.environ.get("AUTH_MODE") or "open", _rules(ports)
    subprocess.run([machine.node(), ROOT / "infra" / "rules.mjs", mode, path], check=True)
    return path


def _rules(ports: dict[str, int]) -> Path:
    return ROOT / f".simpul.firestore.{ports['hosting']}.rules"


def _let_pages_reach_the_emulators(hosting: dict[str, Any], ports: dict[str, int]) -> None:
    """Adds the emulators to the addresses that the Content-Security-Policy allows a page."""
    emulators_here = " ".join(f"http://127.0.0.1:{ports[name]}" for name in ("auth", "firestore"))
    for header in (header for entry in hosting["headers"] for header in entry["headers"]):
        if header["key"] == "Content-Security-Policy":
            wider = f"connect-src 'self' {emulators_here}"
            header["value"] = header["value"].replace("connect-src 'self'", wider)


def _configuration() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((ROOT / "firebase.json").read_text(encoding="utf-8"))
    return parsed


def _demo(ports: dict[str, int]) -> dict[str, Any]:
    """The addresses of all emulators and functions, for scripts and tests."""
    functions = f"http://127.0.0.1:{ports['functions']}/{PROJECT}/{REGION}"
    return {
        "base_url": f"http://127.0.0.1:{ports['hosting']}",
        "project_id": PROJECT,
        "functions": {group: f"{functions}/{group}" for group in groups()},
        "auth": {"emulator": f"127.0.0.1:{ports['auth']}", "api_key": seed.API_KEY},
        "firestore": {"emulator": f"127.0.0.1:{ports['firestore']}"},
        "pubsub": {"emulator": f"127.0.0.1:{ports['pubsub']}"},
        "bucket": {"url": f"http://127.0.0.1:{ports['bucket']}"},
    }


def _wait(emulator_suite: Process, demo: dict[str, Any], stop: threading.Event) -> bool:
    """True once the first function answers through Hosting, False after Ctrl-C."""
    started = spoken = time.monotonic()
    while not _answers(demo["base_url"] + "/exec"):
        now = time.monotonic()
        if not emulator_suite.running or now - started > START_WITHIN:
            log = emulator_suite.log
            raise Problem(f"The emulators did not start. {log}:\n{tail(log)}")
        if now - spoken > 5:
            say(f"  still starting … {now - started:.0f} s")
            spoken = now
        if stop.wait(0.2):
            return False
    return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=4) as answer:
            return bool(json.load(answer)["ok"])
    except (OSError, ValueError, KeyError, urllib.error.URLError):
        return False


def _seed(demo: dict[str, Any]) -> dict[str, Any]:
    try:
        return seed.seed(demo["base_url"], demo["auth"]["emulator"])
    except (OSError, ValueError, KeyError) as error:
        raise Problem(f"The suite runs, but could not be seeded: {error}") from error


def _print_welcome(demo: dict[str, Any], state: Path, seconds: float) -> None:
    say(f"\nSimpul is up ({seconds:.0f} s). Everything runs on this machine; no cloud account.\n")
    say(f"  Pages, begin here     {demo['base_url']}/")
    say(f"  Base URL of the API   {demo['base_url']}")
    say(f"  For Versi A clients   {demo['base_url']}/exec")
    for group, url in demo["functions"].items():
        say(f"  Function {group:<12} {url}")
    say(f"  Firestore             {demo['firestore']['emulator']}")
    say(f"  Auth                  {demo['auth']['emulator']}")
    say(f"  Pub/Sub               {demo['pubsub']['emulator']}")
    say("\n  Demo logins:")
    for name, user in demo["users"].items():
        say(f"    {name:<12} {user['email']:<26} {user['password']}   (uid {user['uid']})")
    say(f"\n  A sensor station: {demo['device']['device_id']}, API key {demo['device']['api_key']}")
    kiosk = demo["machine"]
    say(f"  A kiosk machine: {kiosk['uuid']}, PIN {kiosk['pin']}, API key {kiosk['api_key']}")
    say(f"    its page: {kiosk['kiosk_url']}")
    say(f"\n  All of this for scripts: {state / 'demo.json'}")
    say(f"  What the emulators say:  {state / 'emulators.log'}")
    say("  Ctrl-C ends everything.\n")
