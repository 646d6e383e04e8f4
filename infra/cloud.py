#!/usr/bin/env python3
"""Creates what `firebase deploy` does not create, with gcloud. Safe to run again at any time.

  python3 infra/cloud.py before --project ID   once, before the first deploy
  python3 infra/cloud.py after --project ID    after each deploy: it may reset the subscription;
                                               prints a link that makes the first admin
  python3 infra/cloud.py check --project ID    who may sign in; part of `dev.py doctor --project ID`

--dry-run prints the commands and runs none. Needs Python and the Google Cloud CLI, nothing else.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from accounts import AUTH_API, CLOSED, OPEN, Accounts
from check import auth_mode, check
from claim import first_admin
from configuration import CONFIG
from gcloud import Cloud, Problem

REGION = "asia-southeast2"
# The service accounts of functions, and what each may do.
ACCOUNTS = {
    "simpul-functions": (
        "datastore.user", "pubsub.publisher", "eventarc.eventReceiver", "run.invoker",
        "firebaseauth.viewer",
    ),
    "simpul-people": ("datastore.user", "firebaseauth.admin"),
}  # fmt: skip
TOPIC = "telemetry"
DEAD_LETTER_TOPIC = "telemetry-dead"
DEAD_LETTER_SUBSCRIPTION = "telemetry-dead-kept"
ARCHIVE_SUBSCRIPTION = "telemetry-archive"
DATASET, TABLE = "simpul", "telemetry"
APIS = (
    "artifactregistry", "billingbudgets", "cloudbuild", "cloudfunctions", "cloudscheduler",
    "eventarc", "firestore", "iamcredentials", "identitytoolkit", "logging", "pubsub", "run",
    "secretmanager",
)  # fmt: skip
UNLOGGED = "kiosk-links"  # requests whose URL holds a signed link, which Cloud Run would log
_UNLOGGED_REQUESTS = (
    'resource.type="cloud_run_revision" AND resource.labels.service_name="kiosk"'
    ' AND httpRequest.requestUrl:"/rvm-ui/"'
)
COLUMNS = (
    "data:JSON,subscription_name:STRING,message_id:STRING,publish_time:TIMESTAMP,attributes:JSON"
)


def before_deploy(
    cloud: Cloud, accounts: Accounts, mode: str, budget: str, billing_account: str
) -> None:
    """Enables the APIs and creates the functions' service accounts with their roles.

    Switches self sign-up on in AUTH_MODE `open`, else off. Creates a budget if `budget` says one.
    """
    project = ("--project", cloud.project)
    compute = f"{project_number(cloud)}-compute@developer.gserviceaccount.com"
    enable_apis(cloud)
    for name, roles in ACCOUNTS.items():
        _create_account(cloud, name, roles)
    account = _address(cloud, "simpul-functions")
    # Custom tokens are signed by the account itself, through an API.
    _bind(
        cloud, account, "iam.serviceAccountTokenCreator", "iam", "service-accounts",
        "add-iam-policy-binding", account, *project,
    )  # fmt: skip
    # Functions are built as this account; in an organisation it has no roles by default.
    _grant(cloud, compute, "cloudbuild.builds.builder")
    accounts.set_sign_up(OPEN if mode == "open" else CLOSED)
    if budget:
        _create_budget(cloud, budget, billing_account)


def enable_apis(cloud: Cloud) -> None:
    """Switches the services on that a deploy uses; what is on stays on."""
    apis = (f"{api}.googleapis.com" for api in APIS)
    cloud.run("gcloud", "services", "enable", *apis, "--project", cloud.project)


def after_deploy(cloud: Cloud, *, archive: bool) -> None:
    """Sets up a dead-letter topic for messages that the fanout cannot process.

    Excludes signed links from the request logs. Creates the BigQuery archive if `archive` is set.
    Raises Problem before the first deploy.
    """
    project = ("--project", cloud.project)
    agent = f"service-{project_number(cloud)}@gcp-sa-pubsub.iam.gserviceaccount.com"
    subscription = _fanout_subscription(cloud)
    if not cloud.read("gcloud", "pubsub", "topics", "describe", DEAD_LETTER_TOPIC, *project):
        cloud.run("gcloud", "pubsub", "topics", "create", DEAD_LETTER_TOPIC, *project)
    if not _subscription_exists(cloud, DEAD_LETTER_SUBSCRIPTION):
        cloud.run(
            "gcloud", "pubsub", "subscriptions", "create", DEAD_LETTER_SUBSCRIPTION,
            f"--topic={DEAD_LETTER_TOPIC}", "--message-retention-duration=7d",
            "--expiration-period=never", *project,
        )  # fmt: skip
    _bind(
        cloud, agent, "pubsub.publisher", "pubsub", "topics",
        "add-iam-policy-binding", DEAD_LETTER_TOPIC, *project,
    )  # fmt: skip
    _bind(
        cloud, agent, "pubsub.subscriber", "pubsub", "subscriptions",
        "add-iam-policy-binding", subscription, *project,
    )  # fmt: skip
    cloud.run(
        "gcloud", "pubsub", "subscriptions", "update", subscription,
        f"--dead-letter-topic={DEAD_LETTER_TOPIC}", "--max-delivery-attempts=20",
        "--min-retry-delay=10s", "--max-retry-delay=600s", *project,
    )  # fmt: skip
    _leave_links_unlogged(cloud)
    if archive:
        _create_archive(cloud, agent)


def _create_account(cloud: Cloud, name: str, roles: Sequence[str]) -> None:
    """Creates a service account unless it exists, and grants it its roles."""
    account, project = _address(cloud, name), ("--project", cloud.project)
    if not cloud.read("gcloud", "iam", "service-accounts", "describe", account, *project):
        create = ("gcloud", "iam", "service-accounts", "create", name)
        cloud.run(*create, f"--display-name=Simpul {name.removeprefix('simpul-')}", *project)
    for role in roles:
        _grant(cloud, account, role)


def _address(cloud: Cloud, account: str) -> str:
    return f"{account}@{cloud.project}.iam.gserviceaccount.com"


def _leave_links_unlogged(cloud: Cloud) -> None:
    """Excludes the kiosk pages' requests from the project's log; their failures stay in it."""
    project = ("--project", cloud.project)
    describe = ("gcloud", "logging", "sinks", "describe", "_Default")
    if UNLOGGED not in cloud.read(*describe, "--format=value(exclusions.name)", *project):
        cloud.run(
            "gcloud", "logging", "sinks", "update", "_Default",
            f"--add-exclusion=name={UNLOGGED},filter={_UNLOGGED_REQUESTS}", *project,
        )  # fmt: skip


def _create_archive(cloud: Cloud, agent: str) -> None:
    """Creates a BigQuery table, and a subscription by which Pub/Sub writes each event to it."""
    dataset, project = f"{cloud.project}:{DATASET}", ("--project", cloud.project)
    if not cloud.read("bq", "show", dataset):
        cloud.run("bq", "mk", "--dataset", f"--location={REGION}", dataset)
    if not cloud.read("bq", "show", f"{dataset}.{TABLE}"):
        cloud.run("bq", "mk", "--table", f"{dataset}.{TABLE}", COLUMNS)
    _grant(cloud, agent, "bigquery.dataEditor")
    if not _subscription_exists(cloud, ARCHIVE_SUBSCRIPTION):
        cloud.run(
            "gcloud", "pubsub", "subscriptions", "create", ARCHIVE_SUBSCRIPTION,
            f"--topic={TOPIC}", f"--bigquery-table={dataset}.{TABLE}", "--write-metadata", *project,
        )  # fmt: skip


def _create_budget(cloud: Cloud, budget: str, billing_account: str) -> None:
    """Creates a budget that mails the billing admins at 50% and 100%. It stops no function."""
    name, account = f"Simpul {cloud.project}", f"--billing-account={billing_account}"
    listing = ("gcloud", "billing", "budgets", "list", account, "--format=value(displayName)")
    if name not in cloud.read(*listing).splitlines():
        cloud.run(
            "gcloud", "billing", "budgets", "create", account, f"--display-name={name}",
            f"--budget-amount={budget}", f"--filter-projects=projects/{cloud.project}",
            "--threshold-rule=percent=0.5", "--threshold-rule=percent=1.0",
        )  # fmt: skip


def _subscription_exists(cloud: Cloud, name: str) -> bool:
    describe = ("gcloud", "pubsub", "subscriptions", "describe", name)
    return bool(cloud.read(*describe, "--project", cloud.project))


def _fanout_subscription(cloud: Cloud) -> str:
    """The subscription that Eventarc created for the fanout. Raises Problem before a deploy."""
    location = (f"--location={REGION}", "--project", cloud.project)
    triggers = cloud.read(
        "gcloud", "eventarc", "triggers", "list", *location,
        "--format=value(name,transport.pubsub.subscription)",
        in_dry_run="fanout FANOUT_SUBSCRIPTION",
    )  # fmt: skip
    for line in triggers.splitlines():
        trigger, _, subscription = line.strip().partition("\t" if "\t" in line else " ")
        if trigger.rsplit("/", 1)[-1].startswith("fanout"):
            return subscription.strip().rsplit("/", 1)[-1]
    raise Problem("The function fanout has no trigger yet: run `firebase deploy` first.")


def project_number(cloud: Cloud) -> str:
    """The number of the project. Raises Problem if the project cannot be read."""
    describe = ("gcloud", "projects", "describe", cloud.project, "--format=value(projectNumber)")
    if number := cloud.read(*describe, in_dry_run="PROJECT_NUMBER"):
        return number
    raise Problem(f"There is no project {cloud.project} that you may see. `gcloud auth login`?")


def _grant(cloud: Cloud, account: str, role: str) -> None:
    """Grants an account a role on the whole project."""
    command = ("projects", "add-iam-policy-binding", cloud.project, "--condition=None")
    _bind(cloud, account, role, *command)


def _bind(cloud: Cloud, account: str, role: str, *command: str) -> None:
    """Runs a command that grants an account a role; repeating it changes nothing."""
    cloud.run("gcloud", *command, f"--member=serviceAccount:{account}", f"--role=roles/{role}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("when", choices=("before", "after", "check"))
    parser.add_argument("--project", required=True, metavar="ID")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--budget", default="", metavar="AMOUNT", help="a month: 10USD, 150000IDR")
    parser.add_argument("--billing-account", default="", metavar="ID", help="of the budget")
    parser.add_argument("--archive", action="store_true", help="keep all telemetry in BigQuery")
    parser.add_argument("--auth-api", default=AUTH_API, metavar="URL", help="for the tests")
    parser.add_argument("--config", type=Path, default=CONFIG, metavar="FOLDER", help="too")
    arguments = parser.parse_args()
    if arguments.budget and not arguments.billing_account:
        parser.error("--budget needs --billing-account: gcloud billing accounts list")
    cloud = Cloud(arguments.project, arguments.dry_run)
    accounts = Accounts(cloud, arguments.auth_api)
    if arguments.when == "check":
        return check(accounts, arguments.config)
    try:
        if arguments.when == "before":
            mode = auth_mode(cloud.project, arguments.config)
            before_deploy(cloud, accounts, mode, arguments.budget, arguments.billing_account)
        else:
            after_deploy(cloud, archive=arguments.archive)
            if not cloud.dry_run:
                print(f"\n{first_admin(cloud)}")
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    print("\nNothing was run." if arguments.dry_run else "\nDone.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
