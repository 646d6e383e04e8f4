"""The stand-in's functions: sources, builds, services, triggers, schedules and images."""

import io
import secrets
import zipfile
from typing import Any

from tests.deploy.google import NUMBER, PROJECT, REGION, Google, Refused, on
from tests.deploy.wire import Reply, Request

FUNCTIONS, RUN = "cloudfunctions.googleapis.com", "run.googleapis.com"
PARENT = "/v2/projects/{}/locations/{}/functions"
PUBSUB_EVENT = "google.cloud.pubsub.topic.v1.messagePublished"


@on("GET", FUNCTIONS, "/v1/projects/{}/locations/-/functions")
def first_generation(google: Google, request: Request, name: str) -> Any:
    return {}


@on("GET", FUNCTIONS, PARENT)
def list_functions(google: Google, request: Request, name: str, region: str) -> Any:
    return {"functions": list(google.functions.values())}


@on("POST", FUNCTIONS, PARENT + ":generateUploadUrl")
def upload_url(google: Google, request: Request, name: str, region: str) -> Any:
    bucket, source = (
        f"gcf-v2-uploads-{NUMBER}.{region}.cloudfunctions.appspot.com",
        secrets.token_hex(8),
    )
    url = f"https://storage.googleapis.com/{bucket}/{source}.zip?GoogleAccessId=agent&Signature=s"
    return {"uploadUrl": url, "storageSource": {"bucket": bucket, "object": f"{source}.zip"}}


@on("PUT", "storage.googleapis.com", "/{}/{}")
def upload(google: Google, request: Request, bucket: str, name: str) -> Any:
    if request.headers.get("content-type") != "application/zip":
        raise Refused(403, "SignatureDoesNotMatch")
    names = zipfile.ZipFile(io.BytesIO(request.body)).namelist()
    if not {"main.py", "requirements.txt"} <= set(names):
        raise Refused(400, f"no function in {names}")
    google.sources[name] = request.body
    return Reply(200, b"", (("x-goog-generation", "1"),))


@on("POST", FUNCTIONS, PARENT)
def create(google: Google, request: Request, name: str, region: str) -> Any:
    function = request.json
    one = request.query["functionId"]
    if one in google.functions:
        raise Refused(409, f"Could not create resource {function['name']}: already exists.")
    built(google, function)
    if event := function.get("eventTrigger"):
        subscribe(google, one, event)
    google.functions[one] = function
    return operation(google, one)


@on("PATCH", FUNCTIONS, PARENT + "/{}")
def update(google: Google, request: Request, name: str, region: str, one: str) -> Any:
    built(google, request.json)
    old = google.functions[one]
    google.functions[one] = {**old, **request.json}
    if "eventTrigger" in old:
        google.functions[one]["eventTrigger"] = {
            **old["eventTrigger"],
            **request.json["eventTrigger"],
        }
    return operation(google, one)


@on("GET", FUNCTIONS, "/v2/projects/{}/locations/{}/operations/{}")
def poll(google: Google, request: Request, name: str, region: str, one: str) -> Any:
    return {"name": request.path[4:], "done": True, "response": google.functions[one]}


def built(google: Google, function: dict[str, Any]) -> None:
    """What Google does with a source: builds it, makes an image, starts a Cloud Run service."""
    source = function["buildConfig"]["source"]["storageSource"]["object"]
    if source not in google.sources:
        raise Refused(404, f"The source {source} was not found.")
    service = function["serviceConfig"]
    account = service["serviceAccountEmail"]
    if account not in google.service_accounts:
        raise Refused(404, f"Service account projects/-/serviceAccounts/{account} was not found.")
    for secret in service.get("secretEnvironmentVariables", []):
        if (secret["secret"], f"serviceAccount:{account}") not in google.readers:
            raise Refused(400, f"Permission denied on secret: {secret['secret']} for {account}")
    if service["environmentVariables"].get("AUTH_MODE") not in ("open", "verified"):
        raise Refused(400, "The user-provided container failed to start")
    one = function["name"].rpartition("/")[2]
    function["state"] = "ACTIVE"
    function["environment"] = "GEN_2"
    function["url"] = f"https://{REGION}-{PROJECT}.cloudfunctions.net/{one}"
    service["uri"] = f"https://{one}-abc123-et.a.run.app"
    service["service"] = f"projects/{PROJECT}/locations/{REGION}/services/{one}"
    google.cleanup.setdefault(
        "name", f"projects/{PROJECT}/locations/{REGION}/repositories/gcf-artifacts"
    )


def subscribe(google: Google, one: str, event: dict[str, Any]) -> None:
    """Eventarc's part: a trigger and its subscription."""
    account = event["serviceAccountEmail"]
    wanted = [
        ("roles/eventarc.eventReceiver", f"serviceAccount:{account}"),
        ("roles/run.invoker", f"serviceAccount:{account}"),
    ]
    if event["eventType"] != PUBSUB_EVENT or event["pubsubTopic"] not in google.topics:
        raise Refused(404, f"Topic {event.get('pubsubTopic')} not found.")
    if event["retryPolicy"] != "RETRY_POLICY_RETRY" or not google.bindings.issuperset(wanted):
        raise Refused(400, f"The trigger of {one} lacks {wanted}")
    google.subscriptions.add(f"eventarc-{REGION}-{one}-1-sub-1")


def operation(google: Google, one: str) -> Any:
    return {"name": f"projects/{PROJECT}/locations/{REGION}/operations/{one}"}


@on("PUT", "pubsub.googleapis.com", "/v1/projects/{}/topics/{}")
def topic(google: Google, request: Request, name: str, topic: str) -> Any:
    full = f"projects/{PROJECT}/topics/{topic}"
    if full in google.topics:
        raise Refused(409, f"Resource already exists in the project (resource={topic}).")
    google.topics.add(full)
    return {"name": full}


@on("POST", RUN, "/v1/projects/{}/locations/{}/services/{}:setIamPolicy")
def set_invokers(google: Google, request: Request, name: str, region: str, service: str) -> Any:
    (binding,) = request.json["policy"]["bindings"]
    google.invokers[service] = binding["members"]
    return request.json["policy"]


@on("GET", RUN, "/v1/projects/{}/locations/{}/services/{}:getIamPolicy")
def invokers(google: Google, request: Request, name: str, region: str, service: str) -> Any:
    members = google.invokers.get(service, [])
    return {"bindings": [{"role": "roles/run.invoker", "members": members}] if members else []}


@on("GET", RUN, "/v2/projects/{}/locations/-/services")
def services(google: Google, request: Request, name: str) -> Any:
    return {"services": []}  # those that no function made


@on("GET", "cloudscheduler.googleapis.com", "/v1/projects/{}/locations/{}/jobs/{}")
def job(google: Google, request: Request, name: str, region: str, job: str) -> Any:
    if job not in google.jobs:
        raise Refused(404, "Job not found.")
    return google.jobs[job]


@on("POST", "cloudscheduler.googleapis.com", "/v1/projects/{}/locations/{}/jobs")
def create_job(google: Google, request: Request, name: str, region: str) -> Any:
    google.jobs[request.json["name"].rpartition("/")[2]] = request.json
    return request.json


@on("GET", "artifactregistry.googleapis.com", "/v1/projects/{}/locations/{}/repositories/{}")
def repository(google: Google, request: Request, name: str, region: str, one: str) -> Any:
    if not google.cleanup:
        raise Refused(404, "Requested entity was not found.")
    return google.cleanup


@on("PATCH", "artifactregistry.googleapis.com", "/v1/projects/{}/locations/{}/repositories/{}")
def set_cleanup(google: Google, request: Request, name: str, region: str, one: str) -> Any:
    google.cleanup.update(request.json)
    return google.cleanup
