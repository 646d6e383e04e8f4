"""What is deployed of this folder: functions, with the pages and the paths that lead to them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.install import secrets_of
from tools.paths import ROOT, groups

BASE = ("people", "presence", "exec", "upkeep")  # of every preset: its last step is a check-in
PRESETS = {
    "presence": BASE,
    "telemetry": (*BASE, "telemetry", "fanout"),
    "devices": (*BASE, "devices", "stations", "fanout"),
    "machines": (*BASE, "edge", "kiosk", "fanout"),
}
PAGES = {
    "sensors": "telemetry", "map": "telemetry", "stations": "stations", "machines": "edge",
}  # fmt: skip
CONFIG = ".simpul.firebase.deploy.json"  # beside firebase.json, where its paths begin


def functions(preset: str) -> tuple[str, ...]:
    """The functions of a preset; of `all` every group."""
    return PRESETS[preset] if preset in PRESETS else tuple(groups())


def secrets(names: tuple[str, ...]) -> list[str]:
    """The secrets that the manifests of these functions name."""
    return sorted({each for name in names for each in secrets_of(ROOT / "functions" / name)})


def missing_pages(names: tuple[str, ...]) -> list[str]:
    """The pages whose function is not among these."""
    return [page for page, function in PAGES.items() if function not in names]


def config(names: tuple[str, ...]) -> dict[str, Any]:
    """firebase.json without the paths to other functions and without their pages.

    Hosting refuses a version with a path to a Cloud Run service that does not exist.
    """
    found: dict[str, Any] = json.loads((ROOT / "firebase.json").read_text("utf-8"))
    found["functions"] = [one for one in found["functions"] if one["codebase"] in names]
    hosting = found["hosting"]
    hosting["ignore"] += [f"{page}/**" for page in missing_pages(names)]
    hosting["rewrites"] = [
        one
        for one in hosting["rewrites"]
        if one.get("function", {}).get("functionId") in (None, *names)
    ]
    return found


@contextmanager
def written(found: dict[str, Any]) -> Iterator[Path]:
    """The path of a configuration for the Firebase CLI, for as long as the `with` lasts."""
    path = ROOT / CONFIG
    path.write_text(json.dumps(found, indent=2), encoding="utf-8")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
