"""What a deploy needs in the project: each part is made if it is missing."""

import secrets

from cloud import before_deploy, enable_apis
from gcloud import Problem

from tools.console import say
from tools.deploy import envfile, presets
from tools.deploy.firebase import CommandFailed
from tools.deploy.patience import late
from tools.deploy.run import Run
from tools.paths import REGION

_CONSOLE = "https://console.firebase.google.com/project"


def prepare(run: Run) -> None:
    """Makes what is missing. Raises Problem."""
    run.step("APIs", lambda: enable_apis(run.cloud))
    run.step("Database", lambda: _database(run))
    run.step("Sign-in", lambda: _sign_in(run))
    mode = envfile.read(run.project)["AUTH_MODE"]
    accounts = "Service accounts, their roles, and who may sign up"
    run.step(accounts, lambda: before_deploy(run.cloud, run.accounts, mode, "", ""))
    run.step("Secrets", lambda: _secrets(run))


def settings(run: Run, mode: str) -> None:
    """The project's settings: what can be found is filled in where nothing is set."""
    if not envfile.path(run.project).exists():
        envfile.create(run.project, mode)
    found = envfile.read(run.project)
    for name, value in (("PUBLIC_URL", run.url), ("WEB_API_KEY", run.web_api_key)):
        if not found.get(name):
            envfile.put(run.project, name, value)


def _database(run: Run) -> None:
    """In the functions' location, which cannot be changed later. Raises Problem."""
    project = ("--database=(default)", "--project", run.project)
    databases = ("gcloud", "firestore", "databases")
    found = run.cloud.read(*databases, "describe", *project, "--format=value(locationId,type)")
    location, _, kind = found.partition("\t")
    if not found:
        new = ("--type=firestore-native", f"--location={REGION}")
        run.cloud.run(*databases, "create", *new, *project)
    elif kind != "FIRESTORE_NATIVE":
        raise Problem(f"The database (default) is of type {kind}: use another project.")
    elif location != REGION:
        say(f"  The database is in {location}, the functions in {REGION}: each call takes longer.")
    else:
        say(f"  in {location}")


def _sign_in(run: Run) -> None:
    """Firebase Auth with passwords. The CLI starts it where the project has none."""
    if _by_password(run):
        say("  with e-mail and password")
        return
    with presets.written({"auth": {"providers": {"emailPassword": True}}}) as path:
        try:
            run.firebase.run("deploy", "--only", "auth", "--config", path.name)
        except CommandFailed as failed:
            if late(failed):
                raise
    if not _by_password(run):
        where = f"{_CONSOLE}/{run.project}/authentication/providers"
        raise Problem(f"Switch Email/Password on by hand (Get started, at first):\n{where}")


def _by_password(run: Run) -> bool:
    try:
        return run.accounts.by_password()
    except Problem as problem:
        if "no accounts yet" in str(problem):
            return False
        raise


def _secrets(run: Run) -> None:
    """Drawn here, stored in Secret Manager, printed nowhere. One that exists stays as it is."""
    wanted = presets.secrets(run.functions)
    bucket = envfile.read(run.project).get("MODEL_BUCKET")
    for name in wanted:
        names = (name, "--project", run.project)
        if run.cloud.read("gcloud", "secrets", "describe", *names, "--format=value(name)"):
            say(f"  {name} is there")
        elif bucket and name == "MODEL_SECRET_KEY":
            command = f"npx firebase functions:secrets:set {name} --project {run.project}"
            raise Problem(f"The key of the bucket {bucket} is yours to store:\n{command}")
        else:
            create = ("gcloud", "secrets", "create", *names, "--replication-policy=automatic")
            run.cloud.run(*create, "--data-file=-", given=secrets.token_urlsafe(32))
