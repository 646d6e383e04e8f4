"""What only a person can do, checked before anything is made."""

import re

from cloud import project_number
from gcloud import Problem

from tools import install, machine
from tools.console import count_missing
from tools.deploy import envfile
from tools.deploy.run import Run

MODES = ("verified", "open")
_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_PLAN = "https://console.firebase.google.com/project/{}/usage/details"


def check(run: Run) -> None:
    """Prints a line for each thing, with the way to mend it. Raises Problem if one is missing."""
    if not _PROJECT.fullmatch(run.project):
        raise Problem(f"{run.project!r} is no project id: `gcloud projects list` shows yours.")
    checks = {
        "Node.js": machine.node,
        "gcloud": lambda: _gcloud(run),
        "Firebase": lambda: _firebase(run),
        "Billing": lambda: _billing(run),
        "Settings": lambda: _settings(run),
    }
    if missing := count_missing(checks, Problem):
        raise Problem(f"{missing} to mend.")


def _gcloud(run: Run) -> str:
    run.number = project_number(run.cloud)
    return f"signed in; the project is number {run.number}"


def _firebase(run: Run) -> str:
    """Whether the CLI is signed in. The pages need a web app; its key is no secret."""
    install.node_packages()
    apps = run.firebase.ask("apps:list", "WEB")
    if key := envfile.read(run.project).get("WEB_API_KEY"):
        run.web_api_key = key
    else:
        app = apps[0] if apps else run.firebase.ask("apps:create", "WEB", "Simpul")
        answer = run.firebase.ask("apps:sdkconfig", "WEB", app["appId"])
        run.web_api_key = answer["sdkConfig"]["apiKey"]
    return "signed in; the project has a web app"


def _billing(run: Run) -> str:
    describe = ("gcloud", "billing", "projects", "describe", run.project)
    if run.cloud.read(*describe, "--format=value(billingEnabled)") != "True":
        raise Problem(f"functions need the Blaze plan: {_PLAN.format(run.project)}")
    return "the Blaze plan"


def _settings(run: Run) -> str:
    found = envfile.read(run.project)
    if not found:
        return f"config/.env.{run.project} will be made"
    if found.get("AUTH_MODE") not in MODES:
        raise Problem(f"config/.env.{run.project} must say AUTH_MODE=open or AUTH_MODE=verified")
    return f"config/.env.{run.project}: AUTH_MODE={found['AUTH_MODE']}"
