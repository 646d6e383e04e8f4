"""Stands in for gcloud and bq: notes each call, and knows what was created before.

Called as: fake_gcloud.py STATE_FILE PROGRAM WORD …
"""

import json
import sys
from pathlib import Path

state_file, *words = sys.argv[1:]
path = Path(state_file)
state = json.loads(path.read_text(encoding="utf-8"))
state["calls"].append(words)


def named() -> str:
    """What a describe, show, create or mk is about: kind and name."""
    plain = [word for word in words if not word.startswith("--")]
    verb = next(i for i, word in enumerate(plain) if word in ("describe", "create", "show", "mk"))
    kind = "bq" if plain[0] == "bq" else " ".join(plain[1:verb])
    return f"{kind} {plain[verb + 1].split('@')[0]}"


code = 0
if any(word in state["broken"] for word in words):
    print("PERMISSION_DENIED: you may not", file=sys.stderr)
    code = 1
elif words[1:3] == ["projects", "describe"]:
    print("123456")
elif words[1:4] == ["eventarc", "triggers", "list"]:
    print("\n".join(state["triggers"]))
elif words[1:3] == ["auth", "print-access-token"]:
    print("ya29.of-the-fake-gcloud")
elif words[1:4] == ["secrets", "versions", "access"]:
    if any(f"--secret={name}" in words for name in state["missing"]):
        print("NOT_FOUND: Secret", file=sys.stderr)
        code = 1
    else:
        print("the project's own secret, drawn by a deploy")
elif words[1:4] == ["logging", "sinks", "describe"]:
    print(";".join(state["exclusions"]))
elif words[1:4] == ["logging", "sinks", "update"]:
    given = next(word for word in words if word.startswith("--add-exclusion=name="))
    state["exclusions"].append(given.split("=")[2].split(",")[0])
elif words[1:4] == ["billing", "budgets", "list"]:
    print("\n".join(word for word in state["made"] if word.startswith("Simpul ")))
elif words[1:4] == ["billing", "budgets", "create"]:
    state["made"] += [word.split("=")[1] for word in words if word.startswith("--display-name")]
elif "describe" in words or "show" in words:
    if named() not in state["made"]:
        print(f"NOT_FOUND: {named()}", file=sys.stderr)
        code = 1
    else:
        print(named())
elif "create" in words or "mk" in words:
    state["made"].append(named())
path.write_text(json.dumps(state), encoding="utf-8")
sys.exit(code)
