"""The stand-in's project: APIs, permissions, accounts, apps, secrets and the database's rules."""

import base64
import re
import secrets
from typing import Any

from tests.deploy.google import API_KEY, NUMBER, PROJECT, Google, Refused, on
from tests.deploy.wire import Request

FIREBASE, IDENTITY = "firebase.googleapis.com", "identitytoolkit.googleapis.com"
RESOURCES, USAGE = "cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"
RULES, SECRETS = "firebaserules.googleapis.com", "secretmanager.googleapis.com"


def project() -> dict[str, Any]:
    return {
        "projectId": PROJECT, "projectNumber": NUMBER, "displayName": "Kelas A",
        "name": f"projects/{PROJECT}", "state": "ACTIVE", "resources": {"hostingSite": PROJECT},
    }  # fmt: skip


@on("GET", FIREBASE, "/v1beta1/projects/{}")
def read_project(google: Google, request: Request, name: str) -> Any:
    return project()


@on("GET", FIREBASE, "/v1beta1/projects/{}/adminSdkConfig")
def admin_config(google: Google, request: Request, name: str) -> Any:
    return {"projectId": PROJECT, "storageBucket": f"{PROJECT}.firebasestorage.app"}


@on("GET", FIREBASE, "/v1beta1/projects/{}/webApps")
def web_apps(google: Google, request: Request, name: str) -> Any:
    return {"apps": google.web_apps}


@on("GET", FIREBASE, "/v1beta1/projects/{}:searchApps")
def search_apps(google: Google, request: Request, name: str) -> Any:
    return {"apps": [{**app, "platform": "WEB"} for app in google.web_apps]}


@on("POST", FIREBASE, "/v1beta1/projects/{}/webApps")
def create_web_app(google: Google, request: Request, name: str) -> Any:
    app = {**request.json, "appId": "1:1:web:1", "projectId": PROJECT, "state": "ACTIVE"}
    app["name"] = f"projects/{PROJECT}/webApps/{app['appId']}"
    google.web_apps.append(app)
    return {"name": "operations/web-app", "done": False}


@on("GET", FIREBASE, "/v1beta1/operations/web-app")
def created_web_app(google: Google, request: Request) -> Any:
    return {"name": "operations/web-app", "done": True, "response": google.web_apps[-1]}


@on("GET", FIREBASE, "/v1beta1/projects/-/webApps/{:}/config")
@on("GET", FIREBASE, "/v1beta1/projects/{}/webApps/{:}/config")
def web_config(google: Google, request: Request, *names: str) -> Any:
    return {"projectId": PROJECT, "appId": names[-1], "apiKey": API_KEY}


@on("POST", FIREBASE, "/v1alpha/firebase:provisionFirebaseApp")
def provision(google: Google, request: Request) -> Any:
    """Starts Firebase Auth. Google documents this no further than the CLI uses it."""
    asked = request.json["firebaseAuthInput"]
    if asked != {"emailAuthProviderMode": "PROVIDER_ENABLED"} or not google.provisions:
        raise Refused(403, "The caller does not have permission")
    google.has_authentication = True
    google.auth.setdefault("signIn", {})["email"] = {"enabled": True}
    return {"name": "operations/provision", "done": False}


@on("GET", FIREBASE, "/v1alpha/operations/provision")
@on("GET", FIREBASE, "/v1beta1/operations/provision")
def provisioned(google: Google, request: Request) -> Any:
    return {"name": "operations/provision", "done": True, "response": {"appId": "1:1:web:1"}}


@on("GET", USAGE, "/v1/projects/{}/services/{}")
def service(google: Google, request: Request, name: str, api: str) -> Any:
    is_on = api.removesuffix(".googleapis.com") in google.apis
    return {
        "name": f"projects/{NUMBER}/services/{api}",
        "state": "ENABLED" if is_on else "DISABLED",
    }


@on("POST", USAGE, "/v1/projects/{}/services/{}:enable")
def enable(google: Google, request: Request, name: str, api: str) -> Any:
    google.apis.add(api.removesuffix(".googleapis.com"))
    return {"name": "operations/acf.1", "done": True}


@on("POST", USAGE, "/v1beta1/projects/{}/services/{}:generateServiceIdentity")
def identity(google: Google, request: Request, name: str, api: str) -> Any:
    return {"name": "operations/finished.1", "done": True, "response": {"email": f"{api}@agents"}}


@on("POST", RESOURCES, "/v1/projects/{}:testIamPermissions")
def permissions(google: Google, request: Request, name: str) -> Any:
    return {"permissions": request.json["permissions"]}


@on("POST", "iam.googleapis.com", "/v1/projects/{}/serviceAccounts/{}:testIamPermissions")
def account_permissions(google: Google, request: Request, name: str, account: str) -> Any:
    raise Refused(404, "Unknown service account")  # App Engine's; the CLI goes on


@on("GET", RESOURCES, "/v1/projects/{}")
def resource(google: Google, request: Request, name: str) -> Any:
    return {"projectId": PROJECT, "projectNumber": NUMBER, "lifecycleState": "ACTIVE"}


@on("POST", RESOURCES, "/v1/projects/{}:getIamPolicy")
def policy(google: Google, request: Request, name: str) -> Any:
    members: dict[str, list[str]] = {}
    for role, member in sorted(google.bindings):
        members.setdefault(role, []).append(member)
    return {"version": 1, "etag": "1", "bindings": [
        {"role": role, "members": found} for role, found in members.items()
    ]}  # fmt: skip


@on("POST", RESOURCES, "/v1/projects/{}:setIamPolicy")
def set_policy(google: Google, request: Request, name: str) -> Any:
    bindings = request.json["policy"]["bindings"]
    google.bindings = {(one["role"], member) for one in bindings for member in one["members"]}
    return request.json["policy"]


@on("GET", "runtimeconfig.googleapis.com", "/v1beta1/projects/{}/configs")
def old_settings(google: Google, request: Request, name: str) -> Any:
    return {}  # of functions of the first generation


@on("GET", "cloudbilling.googleapis.com", "/v1/projects/{}/billingInfo")
def billing(google: Google, request: Request, name: str) -> Any:
    return {"projectId": PROJECT, "billingEnabled": google.billing}


@on("GET", "compute.googleapis.com", "/compute/v1/projects/{}")
def compute(google: Google, request: Request, name: str) -> Any:
    return {"defaultServiceAccount": f"{NUMBER}-compute@developer.gserviceaccount.com"}


@on("GET", SECRETS, "/v1/projects/{}/secrets/{}")
def secret(google: Google, request: Request, name: str, secret: str) -> Any:
    known(google, secret)
    return {"name": f"projects/{NUMBER}/secrets/{secret}", "replication": {"automatic": {}}}


@on("GET", SECRETS, "/v1/projects/{}/secrets/{}/versions/{}")
def secret_version(google: Google, request: Request, name: str, secret: str, number: str) -> Any:
    known(google, secret)
    return {"name": f"projects/{NUMBER}/secrets/{secret}/versions/1", "state": "ENABLED"}


@on("GET", SECRETS, "/v1/projects/{}/secrets/{}:getIamPolicy")
def secret_policy(google: Google, request: Request, name: str, secret: str) -> Any:
    members = [member for of, member in sorted(google.readers) if of == secret]
    role = "roles/secretmanager.secretAccessor"
    return {"bindings": [{"role": role, "members": members}] if members else []}


@on("POST", SECRETS, "/v1/projects/{}/secrets/{}:setIamPolicy")
def set_secret_policy(google: Google, request: Request, name: str, secret: str) -> Any:
    for binding in request.json["policy"]["bindings"]:
        for member in binding["members"]:
            if member.removeprefix("serviceAccount:") not in google.service_accounts:
                raise Refused(400, f"Service account {member} does not exist.")
            google.readers.add((secret, member))
    return request.json["policy"]


def known(google: Google, secret: str) -> None:
    if secret not in google.secrets:
        raise Refused(404, f"Secret [projects/{NUMBER}/secrets/{secret}] not found.")


@on("POST", RULES, "/v1/projects/{}:test")
def compile_rules(google: Google, request: Request, name: str) -> Any:
    (file,) = request.json["source"]["files"]
    if "service cloud.firestore" not in file["content"]:
        raise Refused(400, "no rules of Firestore")
    return {"issues": []}


@on("GET", RULES, "/v1/projects/{}/releases")
def rule_releases(google: Google, request: Request, name: str) -> Any:
    return {"releases": [
        {"name": f"projects/{PROJECT}/releases/{of}", "rulesetName": ruleset}
        for of, ruleset in google.releases.items()
    ]}  # fmt: skip


@on("GET", RULES, "/v1/projects/{}/rulesets/{}")
def ruleset(google: Google, request: Request, name: str, number: str) -> Any:
    return google.rulesets[f"projects/{PROJECT}/rulesets/{number}"]


@on("POST", RULES, "/v1/projects/{}/rulesets")
def create_ruleset(google: Google, request: Request, name: str) -> Any:
    full = f"projects/{PROJECT}/rulesets/{len(google.rulesets) + 1}"
    google.rulesets[full] = {"name": full, **request.json}
    return google.rulesets[full]


@on("POST", RULES, "/v1/projects/{}/releases")
@on("PATCH", RULES, "/v1/projects/{}/releases/{*}")
def release_rules(google: Google, request: Request, *names: str) -> Any:
    release = request.json.get("release", request.json)
    if request.method == "PATCH" and names[-1] not in google.releases:
        raise Refused(404, "Requested entity was not found.")
    if release["rulesetName"] not in google.rulesets:
        raise Refused(404, "no such ruleset")
    google.releases[release["name"].partition("/releases/")[2]] = release["rulesetName"]
    return release


@on("GET", IDENTITY, "/admin/v2/projects/{}/config")
@on("PATCH", IDENTITY, "/admin/v2/projects/{}/config")
def auth_config(google: Google, request: Request, name: str) -> Any:
    if not google.has_authentication:
        raise Refused(404, "CONFIGURATION_NOT_FOUND")
    for path in filter(None, request.query.get("updateMask", "").split(",")):
        source, target = request.json, google.auth
        *parents, last = path.split(".")
        for parent in parents:
            source, target = source[parent], target.setdefault(parent, {})
        target[last] = source[last]
    return google.auth


@on("POST", IDENTITY, "/v1/projects/{}/accounts")
def create_account(google: Google, request: Request, name: str) -> Any:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", request.json["email"]):
        raise Refused(400, "INVALID_EMAIL")
    uid = secrets.token_hex(14)
    google.accounts[uid] = dict(request.json)
    return {"localId": uid, "email": request.json["email"]}


@on("POST", IDENTITY, "/v1/projects/{}/accounts:update")
def update_account(google: Google, request: Request, name: str) -> Any:
    google.accounts[request.json["localId"]].update(request.json)
    return {"localId": request.json["localId"]}


@on("POST", IDENTITY, "/v1/projects/{}/accounts:delete")
def delete_account(google: Google, request: Request, name: str) -> Any:
    del google.accounts[request.json["localId"]]
    return {}


@on("POST", IDENTITY, "/v1/accounts:signInWithPassword")
def sign_in(google: Google, request: Request) -> Any:
    if request.query.get("key") != API_KEY:
        raise Refused(400, "API key not valid. Please pass a valid API key.")
    if not google.auth["signIn"].get("email", {}).get("enabled"):
        raise Refused(400, "PASSWORD_LOGIN_DISABLED")
    for uid, account in google.accounts.items():
        if all(account.get(name) == request.json[name] for name in ("email", "password")):
            return {"localId": uid, "idToken": id_token(uid, account)}
    raise Refused(400, "INVALID_LOGIN_CREDENTIALS")


def id_token(uid: str, account: dict[str, Any]) -> str:
    """As the Auth emulator issues them: unsigned, with the claims that the account has."""
    import json
    import time

    now = int(time.time())
    payload = {
        "iss": f"https://securetoken.google.com/{PROJECT}", "aud": PROJECT, "sub": uid,
        "user_id": uid, "email": account["email"], "iat": now, "auth_time": now, "exp": now + 3600,
        **json.loads(account.get("customAttributes", "{}")),
    }  # fmt: skip
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, payload)]
    return ".".join([*(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts), ""])
