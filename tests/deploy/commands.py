"""The stand-in's answers to gcloud: the commands of a deploy, on the same project."""

import re
from collections.abc import Callable
from typing import Any

from tests.deploy.google import NUMBER, PROJECT, REGION, TOKEN, Google, Refused, on
from tests.deploy.wire import Request

COMMANDS: dict[str, Callable[[Google, list[str], str], str]] = {}
DOMAIN = f"@{PROJECT}.iam.gserviceaccount.com"
RESETTABLE = f"eventarc-{REGION}-fanout-1-sub-1"


def command(words: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    def register(handler: Callable[..., str]) -> Callable[..., str]:
        COMMANDS[words] = handler
        return handler

    return register


@on("POST", "localhost", "/cli")
def run(google: Google, request: Request) -> Any:
    """What one command prints. It fails as gcloud does, for a stranger and in a wrong project."""
    words, given = request.json["words"], request.json["input"]
    plain = [word for word in words if not word.startswith("--")]
    line = "$ " + " ".join(word for word in words if not word.startswith("--format"))
    google.journal[-1] = line
    try:
        google._break(line)
        if not google.signed_in:
            raise Refused(401, "You do not currently have an active account selected.")
        for name, handler in COMMANDS.items():
            if words[1:][: len(name.split())] == name.split():
                with google.lock:
                    return done(handler(google, words, given) + "\n")
    except Refused as refusal:
        return done(
            "", f"ERROR: ({'.'.join(plain[:3])}) {refusal.body['error']['status']}: {refusal}", 1
        )
    google.unknown.append(line)
    return done("", f"unknown: {line}", 2)


def done(out: str, error: str = "", code: int = 0) -> dict[str, Any]:
    return {"out": out, "error": error, "code": code}


def option(words: list[str], name: str) -> str:
    for at, word in enumerate(words):
        if word == f"--{name}":
            return words[at + 1]
        if word.startswith(f"--{name}="):
            return word.partition("=")[2]
    return ""


def enabled(google: Google, api: str) -> None:
    if api not in google.apis:
        raise Refused(403, f"{api} API has not been used in project {NUMBER} before")


@command("auth list")
@command("config get-value account")
def account(google: Google, words: list[str], given: str) -> str:
    return "ani@kampus.ac.id"


@command("auth print-access-token")
def token(google: Google, words: list[str], given: str) -> str:
    return TOKEN


@command("projects describe")
def describe_project(google: Google, words: list[str], given: str) -> str:
    if words[3] != PROJECT:
        raise Refused(404, f"Project {words[3]} was not found")
    return NUMBER


@command("billing projects describe")
def billing(google: Google, words: list[str], given: str) -> str:
    return str(google.billing)


@command("services enable")
def enable(google: Google, words: list[str], given: str) -> str:
    """As Google: these APIs want a billing account."""
    apis = {
        word.removesuffix(".googleapis.com") for word in words if word.endswith(".googleapis.com")
    }
    if not google.billing:
        raise Refused(400, "Billing account for project is not found.", "FAILED_PRECONDITION")
    google.apis |= apis | {"runtimeconfig", "storage", "compute", "firebaserules"}
    return ""


@command("firestore databases describe")
def database(google: Google, words: list[str], given: str) -> str:
    enabled(google, "firestore")
    if not google.location:
        raise Refused(404, "The database (default) does not exist")
    return f"{google.location}\tFIRESTORE_NATIVE"


@command("firestore databases create")
def create_database(google: Google, words: list[str], given: str) -> str:
    enabled(google, "firestore")
    if google.location:
        raise Refused(409, "Database already exists. Please use another database_id")
    google.location = option(words, "location")
    return ""


@command("iam service-accounts describe")
def describe_account(google: Google, words: list[str], given: str) -> str:
    if words[4] not in google.service_accounts:
        raise Refused(404, f"Unknown service account {words[4]}")
    return words[4]


@command("iam service-accounts create")
def create_account(google: Google, words: list[str], given: str) -> str:
    google.service_accounts.add(words[4] + DOMAIN)
    return ""


@command("iam service-accounts add-iam-policy-binding")
def bind_account(google: Google, words: list[str], given: str) -> str:
    describe_account(google, words, given)
    return ""


@command("projects add-iam-policy-binding")
def bind(google: Google, words: list[str], given: str) -> str:
    member = option(words, "member")
    if (
        member.endswith(DOMAIN)
        and member.removeprefix("serviceAccount:") not in google.service_accounts
    ):
        raise Refused(400, f"Service account {member} does not exist.")
    google.bindings.add((option(words, "role"), member))
    return ""


@command("secrets list")
def list_secrets(google: Google, words: list[str], given: str) -> str:
    enabled(google, "secretmanager")
    return "\n".join(google.secrets)


@command("secrets describe")
def secret(google: Google, words: list[str], given: str) -> str:
    enabled(google, "secretmanager")
    if words[3] not in google.secrets:
        raise Refused(404, f"Secret [projects/{NUMBER}/secrets/{words[3]}] not found.")
    return words[3]


@command("secrets create")
def create_secret(google: Google, words: list[str], given: str) -> str:
    """The value comes by standard input: the words of a command are seen by all on a machine."""
    if words[3] in google.secrets:
        raise Refused(409, f"Secret [{words[3]}] already exists.")
    if option(words, "data-file") != "-" or not re.fullmatch(r"[\w-]{43}", given):
        raise Refused(400, "not 32 random bytes by standard input")
    google.secrets[words[3]] = given
    return f"Created version [1] of the secret [{words[3]}]."


@command("secrets versions access")
def read_secret(google: Google, words: list[str], given: str) -> str:
    return google.secrets[secret(google, ["", "", "", option(words, "secret")], "")]


@command("eventarc triggers list")
def triggers(google: Google, words: list[str], given: str) -> str:
    parent = f"projects/{PROJECT}"
    return "\n".join(
        f"{parent}/locations/{REGION}/triggers/{name.split('-')[3]}-1\t{parent}/subscriptions/{name}"
        for name in sorted(google.subscriptions)
        if name.startswith("eventarc-")
    )


@command("pubsub topics describe")
def describe_topic(google: Google, words: list[str], given: str) -> str:
    if words[4] not in google.topics:
        raise Refused(404, f"Resource not found (resource={words[4]}).")
    return words[4]


@command("pubsub topics create")
def create_topic(google: Google, words: list[str], given: str) -> str:
    google.topics.add(words[4])
    return ""


@command("pubsub subscriptions describe")
def describe_subscription(google: Google, words: list[str], given: str) -> str:
    if words[4] not in google.subscriptions:
        raise Refused(404, f"Resource not found (resource={words[4]}).")
    return words[4]


@command("pubsub subscriptions create")
def create_subscription(google: Google, words: list[str], given: str) -> str:
    google.subscriptions.add(words[4])
    return ""


@command("pubsub subscriptions update")
@command("pubsub subscriptions add-iam-policy-binding")
def change_subscription(google: Google, words: list[str], given: str) -> str:
    return describe_subscription(google, words, given)


@command("pubsub topics add-iam-policy-binding")
def bind_topic(google: Google, words: list[str], given: str) -> str:
    return describe_topic(google, words, given)


@command("logging sinks describe")
@command("logging sinks update")
def sinks(google: Google, words: list[str], given: str) -> str:
    return ""
