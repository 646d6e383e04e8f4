"""Stands in for gcloud: hands its words and its input to the stand-in for Google.

Called as: fake_gcloud.py PROGRAM WORD …
"""

import json
import os
import sys
import urllib.request

words = sys.argv[1:]
given = sys.stdin.read() if "--data-file=-" in words else ""
url = os.environ["STAND_IN"] + "/cli"
body = json.dumps({"words": words, "input": given}).encode()
with urllib.request.urlopen(urllib.request.Request(url, body), timeout=60) as answer:
    done = json.load(answer)
sys.stdout.write(done["out"])
sys.stderr.write(done["error"])
sys.exit(done["code"])
