"""The stand-in's Hosting: sites, versions, files, releases, and what a browser gets of them."""

import gzip
import hashlib
import re
from typing import Any

from tests.deploy.google import PROJECT, REGION, Google, Refused, on
from tests.deploy.wire import Reply, Request

HOSTING, UPLOAD = "firebasehosting.googleapis.com", "upload-firebasehosting.googleapis.com"
SITE = "/v1beta1/projects/{}/sites/{}"
LIVE = f"{PROJECT}.web.app"


@on("GET", HOSTING, SITE)
def site(google: Google, request: Request, name: str, site: str) -> Any:
    return {"name": f"projects/{PROJECT}/sites/{PROJECT}", "defaultUrl": f"https://{LIVE}"}


@on("GET", HOSTING, "/v1beta1/projects/{}/sites")
def sites(google: Google, request: Request, name: str) -> Any:
    return {"sites": [{**site(google, request, name, PROJECT), "type": "DEFAULT_SITE"}]}


@on("GET", HOSTING, SITE + "/channels/{}")
def channel(google: Google, request: Request, name: str, site: str, channel: str) -> Any:
    return {"name": f"projects/{PROJECT}/sites/{PROJECT}/channels/{channel}"}


@on("POST", HOSTING, SITE + "/versions")
def create_version(google: Google, request: Request, name: str, site: str) -> Any:
    """A rewrite to a Cloud Run service that does not exist is refused."""
    version = f"projects/{PROJECT}/sites/{PROJECT}/versions/{len(google.versions) + 1}"
    google.versions[version] = {"status": "CREATED", "files": {}, **request.json}
    return {"name": version, "status": "CREATED"}


@on("POST", HOSTING, "/v1beta1/projects/{}/sites/{}/versions/{}:populateFiles")
def populate(google: Google, request: Request, name: str, site: str, version: str) -> Any:
    full = f"projects/{PROJECT}/sites/{PROJECT}/versions/{version}"
    files = request.json["files"]
    google.versions[full]["files"].update(files)
    missing = [digest for digest in files.values() if digest not in google.uploads]
    return {"uploadRequiredHashes": missing, "uploadUrl": f"https://{UPLOAD}/upload/{full}/files"}


@on("POST", UPLOAD, "/upload/{*}/files/{}")
def upload_file(google: Google, request: Request, version: str, digest: str) -> Any:
    if hashlib.sha256(request.body).hexdigest() != digest:
        raise Refused(400, "content hash does not match")
    google.uploads[digest] = request.body
    return {}


@on("PATCH", HOSTING, SITE + "/versions/{}")
def finalize(google: Google, request: Request, name: str, site: str, version: str) -> Any:
    full = f"projects/{PROJECT}/sites/{PROJECT}/versions/{version}"
    found = google.versions[full]
    for rewrite in request.json.get("config", {}).get("rewrites", []):
        if "run" not in rewrite:
            raise Refused(400, f"{rewrite} leads to no Cloud Run service")
        if rewrite["run"] != {"serviceId": rewrite["run"]["serviceId"], "region": REGION}:
            raise Refused(400, f"{rewrite} is not in {REGION}")
        if rewrite["run"]["serviceId"] not in google.functions:
            raise Refused(400, f"Cloud Run service `{rewrite['run']['serviceId']}` does not exist")
    if lacking := set(found["files"].values()) - set(google.uploads):
        raise Refused(400, f"{len(lacking)} files were not uploaded")
    found.update(request.json)
    return {"name": full, **found, "fileCount": str(len(found["files"])), "versionBytes": "1"}


@on("POST", HOSTING, SITE + "/channels/live/releases")
@on("POST", HOSTING, SITE + "/releases")
def release(google: Google, request: Request, name: str, site: str) -> Any:
    version = request.query["versionName"]
    if google.versions[version]["status"] != "FINALIZED":
        raise Refused(400, "the version is not finalized")
    google.released = version
    return {"name": f"{version}/releases/1", "version": {"name": version}, "type": "DEPLOY"}


for _method in ("GET", "POST"):

    @on(_method, LIVE, "{*}")
    def page(google: Google, request: Request, path: str) -> Any:
        """A file of the released version, else the function that a rewrite names."""
        version = google.versions.get(google.released, {"files": {}})
        name = path + "index.html" if path.endswith("/") else path
        if digest := version["files"].get(name):
            return Reply(200, gzip.decompress(google.uploads[digest]), ())
        for rewrite in version.get("config", {}).get("rewrites", []):
            if matches(rewrite, path):
                service = rewrite["run"]["serviceId"]
                if google.invokers.get(service) != ["allUsers"]:
                    return Reply(403, b"<html><title>403 Forbidden</title></html>")
                assert google.serve, "no functions are served in this test"
                return google.serve(service, request)
        return Reply(404, b"<html><title>Site Not Found</title></html>")


def matches(rewrite: dict[str, Any], path: str) -> bool:
    """Whether a glob of Hosting covers a path; `**` also covers nothing."""
    pattern = re.escape(rewrite["glob"]).replace(r"/\*\*", "(/.*)?").replace(r"\*", "[^/]*")
    return re.fullmatch(pattern, path) is not None
