"""An Api is a Flask app: hooks, handlers, blueprints and middleware work as Flask documents them."""

import subprocess
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, abort, request

from shared.base.errors import Forbidden
from shared.web.app import Api, serve
from shared.web.endpoints import data, endpoint
from shared.web.envelopes import OkEnvelope
from shared.web.fields import Fields, Text
from tools.paths import PYTHON, ROOT


class Name(Fields):
    name: Text


@pytest.fixture
def app() -> Api:
    return Api("sample", "/sample", OkEnvelope())


def test_before_request_may_answer_in_place_of_the_endpoint(app: Api) -> None:
    app.add_url_rule("/thing", "thing", lambda: "endpoint")
    app.before_request(lambda: "hook" if request.args else None)
    client = app.test_client()
    assert client.get("/sample/thing").text == "endpoint"
    assert client.get("/sample/thing?hook=1").text == "hook"


def test_after_request_changes_the_answer_also_of_a_refusal(app: Api) -> None:
    @app.after_request
    def mark(response: Response) -> Response:
        response.headers["X-Mark"] = "1"
        return response

    assert app.test_client().get("/sample/nothing").headers["X-Mark"] == "1"


def test_teardown_request_runs_after_a_request(app: Api) -> None:
    ended: list[Any] = []
    app.teardown_request(ended.append)
    app.test_client().get("/sample/nothing")
    assert ended == [None]


def test_errorhandler_takes_the_errors_that_it_names(app: Api) -> None:
    @app.get("/division")
    def divide() -> str:
        return str(1 // 0)

    @app.errorhandler(ZeroDivisionError)
    def infinite(_: ZeroDivisionError) -> tuple[str, int]:
        return "infinite", 418

    response = app.test_client().get("/sample/division")
    assert (response.text, response.status_code) == ("infinite", 418)


def test_a_blueprint_has_an_error_handler_of_its_own(app: Api) -> None:
    pages = Blueprint("pages", __name__)

    @pages.get("/page")
    @app.get("/data")
    def refuse() -> str:
        raise Forbidden

    @pages.errorhandler(Forbidden)
    def page(_: Forbidden) -> tuple[str, int]:
        return "<h1>No</h1>", 403

    app.register_blueprint(pages)
    client = app.test_client()
    assert client.get("/sample/page").text == "<h1>No</h1>"
    assert client.get("/sample/data").get_json() == {"ok": False, "error": "forbidden"}


def test_abort_is_printed_in_the_envelope(app: Api) -> None:
    app.add_url_rule("/gone", "gone", lambda: abort(404))
    answer = app.test_client().get("/sample/gone").get_json()
    assert answer == {"ok": False, "error": "unknown_endpoint"}


def test_an_endpoint_gets_its_group_its_caller_and_its_request(app: Api) -> None:
    routes = Blueprint("things", __name__)

    @routes.post("/things/<place>")
    @endpoint(Name, caller=lambda group: f"caller of {group}")
    def keep(group: str, caller: str, body: Name, place: str) -> Any:
        return data([group, caller, body.name, place])

    app.mount(routes, "the group")
    answer = app.test_client().post("/sample/things/here", json={"name": "n"}).get_json()
    assert answer["data"] == ["the group", "caller of the group", "n", "here"]


def test_a_caller_that_is_refused_learns_nothing_of_the_fields(app: Api) -> None:
    routes = Blueprint("things", __name__)

    def nobody(_group: object) -> None:
        raise Forbidden

    @routes.post("/things")
    @endpoint(Name, allow=nobody)
    def keep(_group: object, body: Name) -> Any:
        return data(body.name)

    app.mount(routes, None)
    assert app.test_client().post("/sample/things", data="{").status_code == 403


def test_one_blueprint_serves_several_apps_each_with_its_group() -> None:
    routes = Blueprint("things", __name__)

    @routes.get("/name")
    @endpoint()
    def name(group: str) -> Any:
        return data(group)

    apps = [Api(name, f"/{name}", OkEnvelope()) for name in ("one", "two")]
    for each in apps:
        each.mount(routes, each.name)
    answers = [each.test_client().get("/name").get_json()["data"] for each in apps]
    assert answers == ["one", "two"]


def test_the_frameworks_app_hands_its_requests_over_where_flask_has_middleware(app: Api) -> None:
    framework = Flask("framework")
    framework.add_url_rule("/", "own", lambda: "framework")
    with framework.app_context():
        serve(app)
    assert framework.test_client().get("/").get_json()["error"] == "unknown_endpoint"


def test_importing_shared_changes_nothing_in_the_process() -> None:
    code = (
        "import gc, os, pkgutil, sys, warnings, importlib;"
        "import flask, pydantic, google.api_core, grpc;"
        "before = gc.get_threshold(), gc.get_freeze_count(), gc.isenabled(), dict(os.environ);"
        "import shared;"
        "names = [m.name for m in pkgutil.walk_packages(shared.__path__, 'shared.')];"
        "[importlib.import_module(name) for name in names];"
        "after = gc.get_threshold(), gc.get_freeze_count(), gc.isenabled(), dict(os.environ);"
        "print(before == after, len(names) > 30)"
    )
    done = subprocess.run(
        [PYTHON, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True"]
