#!/usr/bin/env python3
"""Makes what `firebase deploy` does not make, by gcloud. Safe to run again at any time.

  python3 infra/cloud.py before --project ID   once, before the first deploy
  python3 infra/cloud.py after --project ID    after each deploy: one may reset the subscription

--dry-run prints the commands and runs none. Needs Python and the Google Cloud CLI, nothing else.
"""

import argparse
import sys

from gcloud import Cloud, Problem

REGION = "asia-southeast2"
ACCOUNT = "simpul-functions"
TOPIC, DEAD, KEPT, ARCHIVE = (
    "telemetry",
    "telemetry-dead",
    "telemetry-dead-kept",
    "telemetry-archive",
)
DATASET, TABLE = "simpul", "telemetry"
APIS = (
    "artifactregistry", "billingbudgets", "cloudbuild", "cloudfunctions", "cloudscheduler",
    "eventarc", "firestore", "iamcredentials", "pubsub", "run", "secretmanager",
)  # fmt: skip
ROLES = ("datastore.user", "pubsub.publisher", "eventarc.eventReceiver", "run.invoker")
COLUMNS = (
    "data:JSON,subscription_name:STRING,message_id:STRING,publish_time:TIMESTAMP,attributes:JSON"
)


def before(cloud: Cloud, budget: str, billing_account: str) -> None:
    """The account that the functions run as, with what it may do; a budget where one is given."""
    project = ("--project", cloud.project)
    account = f"{ACCOUNT}@{cloud.project}.iam.gserviceaccount.com"
    compute = f"{_number(cloud)}-compute@developer.gserviceaccount.com"
    cloud.do("gcloud", "services", "enable", *(f"{api}.googleapis.com" for api in APIS), *project)
    if not cloud.look("gcloud", "iam", "service-accounts", "describe", account, *project):
        create = ("gcloud", "iam", "service-accounts", "create", ACCOUNT)
        cloud.do(*create, "--display-name=Simpul functions", *project)
    for role in ROLES:
        _grant(cloud, account, role)
    # Custom tokens are signed by the account itself, through an API.
    _bind(
        cloud, account, "iam.serviceAccountTokenCreator", "iam", "service-accounts",
        "add-iam-policy-binding", account, *project,
    )  # fmt: skip
    # Functions are built as this account; projects of an organisation give it nothing of itself.
    _grant(cloud, compute, "cloudbuild.builds.builder")
    if budget:
        _alert(cloud, budget, billing_account)


def after(cloud: Cloud, *, archive: bool) -> None:
    """What becomes of messages that the fanout can not take in; the archive where it is wanted."""
    project = ("--project", cloud.project)
    agent = f"service-{_number(cloud)}@gcp-sa-pubsub.iam.gserviceaccount.com"
    subscription = _subscription(cloud)
    if not cloud.look("gcloud", "pubsub", "topics", "describe", DEAD, *project):
        cloud.do("gcloud", "pubsub", "topics", "create", DEAD, *project)
    if not cloud.look("gcloud", "pubsub", "subscriptions", "describe", KEPT, *project):
        create = ("gcloud", "pubsub", "subscriptions", "create", KEPT, f"--topic={DEAD}")
        cloud.do(*create, "--message-retention-duration=7d", "--expiration-period=never", *project)
    _bind(
        cloud,
        agent,
        "pubsub.publisher",
        "pubsub",
        "topics",
        "add-iam-policy-binding",
        DEAD,
        *project,
    )
    _bind(
        cloud, agent, "pubsub.subscriber", "pubsub", "subscriptions",
        "add-iam-policy-binding", subscription, *project,
    )  # fmt: skip
    cloud.do(
        "gcloud", "pubsub", "subscriptions", "update", subscription, f"--dead-letter-topic={DEAD}",
        "--max-delivery-attempts=20", "--min-retry-delay=10s", "--max-retry-delay=600s", *project,
    )  # fmt: skip
    if archive:
        _archive(cloud, agent)


def _archive(cloud: Cloud, agent: str) -> None:
    """Every event of the topic as a row in BigQuery, written by Pub/Sub itself."""
    dataset, project = f"{cloud.project}:{DATASET}", ("--project", cloud.project)
    if not cloud.look("bq", "show", dataset):
        cloud.do("bq", "mk", "--dataset", f"--location={REGION}", dataset)
    if not cloud.look("bq", "show", f"{dataset}.{TABLE}"):
        cloud.do("bq", "mk", "--table", f"{dataset}.{TABLE}", COLUMNS)
    _grant(cloud, agent, "bigquery.dataEditor")
    if not cloud.look("gcloud", "pubsub", "subscriptions", "describe", ARCHIVE, *project):
        cloud.do(
            "gcloud", "pubsub", "subscriptions", "create", ARCHIVE, f"--topic={TOPIC}",
            f"--bigquery-table={dataset}.{TABLE}", "--write-metadata", *project,
        )  # fmt: skip


def _alert(cloud: Cloud, budget: str, billing_account: str) -> None:
    """A mail to those who pay, at half of the budget and at all of it. It stops nothing."""
    name, account = f"Simpul {cloud.project}", f"--billing-account={billing_account}"
    listing = ("gcloud", "billing", "budgets", "list", account, "--format=value(displayName)")
    if name not in cloud.look(*listing).splitlines():
        cloud.do(
            "gcloud", "billing", "budgets", "create", account, f"--display-name={name}",
            f"--budget-amount={budget}", f"--filter-projects=projects/{cloud.project}",
            "--threshold-rule=percent=0.5", "--threshold-rule=percent=1.0",
        )  # fmt: skip


def _subscription(cloud: Cloud) -> str:
    """The subscription that Eventarc made for the fanout. Raises Problem before a deploy."""
    place = (f"--location={REGION}", "--project", cloud.project)
    found = cloud.look(
        "gcloud", "eventarc", "triggers", "list", *place,
        "--format=value(name,transport.pubsub.subscription)",
        in_a_dry_run="fanout FANOUT_SUBSCRIPTION",
    )  # fmt: skip
    for line in found.splitlines():
        trigger, _, subscription = line.strip().partition("\t" if "\t" in line else " ")
        if trigger.rsplit("/", 1)[-1].startswith("fanout"):
            return subscription.strip().rsplit("/", 1)[-1]
    raise Problem("The function fanout has no trigger yet: run `firebase deploy` first.")


def _number(cloud: Cloud) -> str:
    describe = ("gcloud", "projects", "describe", cloud.project, "--format=value(projectNumber)")
    if number := cloud.look(*describe, in_a_dry_run="PROJECT_NUMBER"):
        return number
    raise Problem(f"There is no project {cloud.project} that you may see. `gcloud auth login`?")


def _grant(cloud: Cloud, account: str, role: str) -> None:
    _bind(
        cloud,
        account,
        role,
        "projects",
        "add-iam-policy-binding",
        cloud.project,
        "--condition=None",
    )


def _bind(cloud: Cloud, account: str, role: str, *where: str) -> None:
    """Gives an account a role somewhere; it may have it already."""
    cloud.do("gcloud", *where, f"--member=serviceAccount:{account}", f"--role=roles/{role}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("when", choices=("before", "after"))
    parser.add_argument("--project", required=True, metavar="ID")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--budget", default="", metavar="AMOUNT", help="a month: 10USD, 150000IDR")
    parser.add_argument("--billing-account", default="", metavar="ID", help="of the budget")
    parser.add_argument("--archive", action="store_true", help="keep all telemetry in BigQuery")
    asked = parser.parse_args()
    if asked.budget and not asked.billing_account:
        parser.error("--budget needs --billing-account: gcloud billing accounts list")
    cloud = Cloud(asked.project, asked.dry_run)
    try:
        if asked.when == "before":
            before(cloud, asked.budget, asked.billing_account)
        else:
            after(cloud, archive=asked.archive)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    print("\nNothing was run." if asked.dry_run else "\nDone.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
