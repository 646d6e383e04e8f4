"""The steps of a deploy. Each makes what is missing and leaves the rest, so it can be run again."""

import time

from claim import first_admin
from cloud import after_deploy
from gcloud import Problem

from tools import console, install
from tools.console import say
from tools.deploy import envfile, presets
from tools.deploy.checks import MODES, check
from tools.deploy.preparation import prepare, settings
from tools.deploy.run import Run
from tools.deploy.trial import Site, check_in
from tools.paths import REGION

_HIDDEN = "SIMPUL_HIDDEN_PAGES"  # read by tools/bundle.mjs


def deploy(project: str, preset: str, *, yes: bool, pause: float) -> int:
    """Deploys a preset and checks in once. Returns 0. Raises console.Problem."""
    started = time.monotonic()
    run = Run(project, preset, yes, pause)
    try:
        check(run)
        settings(run, _agreed_mode(run))
        prepare(run)
        _deploy(run)
        run.step("What a deploy does not make", lambda: _after(run))
        run.step("A check-in", lambda: _try(run))
        _report(run)
    except Problem as problem:
        again = f"What is made stays made. When it is mended: {run.command}"
        raise console.Problem(f"{problem}\n\n{again}") from problem
    say(f"\n{run.questions} questions, {time.monotonic() - started:.0f} seconds.")
    return 0


def _agreed_mode(run: Run) -> str:
    """The AUTH_MODE of the project, asked for only where there are no settings. Raises Problem."""
    mode = envfile.read(run.project).get("AUTH_MODE", "")
    if not mode:
        say("\nAUTH_MODE=verified: every caller needs an account with a role.")
        say("AUTH_MODE=open: the course contract as it is, without accounts; for a swap test.")
        mode = run.ask("AUTH_MODE: verified or open?", MODES[0])
        if mode not in MODES:
            raise Problem(f"AUTH_MODE is verified or open, not {mode}")
    say(f"\n{run.url} gets {', '.join(run.functions)}, in AUTH_MODE={mode}.")
    if run.ask("Deploy: yes or no?", "yes") not in ("yes", "y", "ya"):
        raise Problem("Nothing was deployed.")
    return mode


def _deploy(run: Run) -> None:
    """Two commands: --force answers the CLI's questions on functions, and would delete indexes."""
    hidden = presets.missing_pages(run.functions)
    functions = ",".join(f"functions:{name}" for name in run.functions)
    with presets.written(presets.config(run.functions)) as path:
        config = ("--config", path.name)
        rules = ("deploy", "--only", "firestore", *config)
        run.step("Rules and indexes", lambda: run.firebase.run(*rules))
        rest = ("deploy", "--only", f"{functions},hosting", "--force", *config)
        env = {_HIDDEN: ",".join(hidden)}
        try:
            run.step("Functions and pages", lambda: run.firebase.run(*rest, env=env))
        finally:
            install.remove_copies()  # of a deploy that failed
            install.forget_pages()  # they are bundled for this deploy


def _after(run: Run) -> None:
    """What `infra/cloud.py after` does; it is about the messages of the function fanout."""
    if "fanout" in run.functions:
        after_deploy(run.cloud, archive=False)
    else:
        say("  Nothing: no function of this preset gets messages.")


def _try(run: Run) -> None:
    found = envfile.read(run.project)
    if found.get("APP_CHECK") == "on":
        say("  Not done: APP_CHECK=on, and this command is no app of yours.")
        return
    domain = found.get("SIGN_IN_DOMAINS", "").replace("@", "").split(",")[0].strip()
    site = Site(run.url, found["AUTH_MODE"], found["WEB_API_KEY"], domain)
    say(f"  {check_in(site, run.accounts, run.firebase, run.pause)} was accepted, and is removed.")


def _report(run: Run) -> None:
    say(f"\n{run.url} is deployed.")
    say(first_admin(run.cloud))
    say("For devices, each function also has an address of its own, for example:")
    say(f"  https://{REGION}-{run.project}.cloudfunctions.net/presence/checkin")
    say(f"  https://presence-{run.number}.{REGION}.run.app/presence/checkin")
