"""The link by which the first person becomes admin of a project in the cloud."""

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

from gcloud import Cloud

sys.path.append(str(Path(__file__).resolve().parent.parent))

from shared.domain import claims

SECRET = "PEOPLE_SECRET"  # noqa: S105  its name in Secret Manager


def first_admin(cloud: Cloud) -> str:
    """What the person reads who deployed: a link that makes an admin, once, within a day.

    Or how to make the secret that it needs, in a project from before there were links. The token is
    in the fragment, which browsers send to no server. Raises Problem.
    """
    secret = cloud.read(
        "gcloud", "secrets", "versions", "access", "latest",
        f"--secret={SECRET}", "--project", cloud.project,
    )  # fmt: skip
    if not secret:
        return (
            f"There is no link for a first admin, because there is no secret {SECRET} yet."
            " Make it, deploy, and run this again:\n"
            f"  npx firebase functions:secrets:set {SECRET} --project {cloud.project}"
        )
    token = claims.sealed(cloud.project, secret, secrets.token_urlsafe(24), datetime.now(UTC))
    return (
        "The first admin signs in here, once, within a day, and only while the project has no admin"
        f" (dev.py people grant makes further ones):\n"
        f"  https://{cloud.project}.web.app/claim/#{token}"
    )
