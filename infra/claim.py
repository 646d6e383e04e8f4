"""The link by which the first person becomes admin of a project in the cloud."""

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

from gcloud import Cloud, Problem

sys.path.append(str(Path(__file__).resolve().parent.parent))

from shared.domain import claims

SECRET = "PEOPLE_SECRET"  # noqa: S105  its name in Secret Manager


def claim_link(cloud: Cloud) -> str:
    """A link that makes whoever opens it admin: once, within a day. Raises Problem.

    The token is in the fragment, which browsers send to no server.
    """
    secret = cloud.read(
        "gcloud", "secrets", "versions", "access", "latest",
        f"--secret={SECRET}", "--project", cloud.project, in_dry_run=SECRET,
    )  # fmt: skip
    if not secret:
        raise Problem(f"There is no secret {SECRET} yet: docs/deploy.md says how to make it.")
    token = claims.sealed(cloud.project, secret, secrets.token_urlsafe(24), datetime.now(UTC))
    return f"https://{cloud.project}.web.app/claim/#{token}"
