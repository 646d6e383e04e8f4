"""`dev.py deploy`: a project of Firebase and this folder become a running service."""

import sys

from tools.paths import ROOT

sys.path.append(str(ROOT / "infra"))  # the scripts that also run alone: gcloud, cloud, accounts
