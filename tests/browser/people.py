"""Instructors and students at their own browsers, and the class that they meet in."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect

from tools import seed

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}

# A camera that sees this picture, as getUserMedia gives it.
CAMERA = """picture => {
  navigator.mediaDevices.getUserMedia = async () => {
    const image = new Image();
    image.src = picture;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), {width: 640, height: 480});
    const drawing = canvas.getContext("2d");
    setInterval(() => {
      drawing.fillStyle = "#777";
      drawing.fillRect(0, 0, 640, 480);
      drawing.drawImage(image, 140, 60, 360, 360);
    }, 50);
    return canvas.captureStream(20);
  };
}"""


class Person:
    """A browser of somebody's own, in English unless told otherwise."""

    def __init__(
        self, browser: Browser, demo: dict[str, Any], size: ViewportSize = DESK, **options: Any
    ) -> None:
        options = {"locale": "en-GB", "timezone_id": "Asia/Jakarta", **options}
        self.demo = demo
        self.context = browser.new_context(viewport=size, **options)
        self.context.set_default_timeout(15_000)
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("dialog", lambda dialog: self.problems.append(f"dialog: {dialog.message}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.problems.append(message.text)

    def open(self, path: str, **query: str) -> Page:
        """Goes to a page of the suite."""
        self.page.goto(f"{self.demo['base_url']}{path}?{urlencode(query)}")
        return self.page

    def sign_in(self, role: str) -> None:
        """Fills in the form that the page shows."""
        user, form = self.demo["users"][role], self.page.locator(".signin")
        form.get_by_label("E-mail").fill(user["email"])
        form.get_by_label("Password").fill(user["password"])
        form.get_by_role("button", name="Sign in", exact=True).click()

    def see(self, picture: bytes) -> None:
        """Holds the phone's camera to a picture, from the next page on."""
        uri = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
        self.page.add_init_script(f"({CAMERA})({json.dumps(uri)})")


@dataclass(frozen=True)
class Class:
    """One session of a course, called as the API's clients call it."""

    demo: dict[str, Any]
    course_id: str
    session_id: str

    @property
    def session(self) -> dict[str, str]:
        return {"course_id": self.course_id, "session_id": self.session_id}

    def post(self, path: str, bearer: str = "", **fields: Any) -> dict[str, Any]:
        """The data of an answer that has to be good."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        url = f"{self.demo['base_url']}/presence{path}"
        answer = requests.post(url, json={**self.session, **fields}, headers=headers, timeout=30)
        assert answer.json()["ok"], answer.text
        found: dict[str, Any] = answer.json()["data"]
        return found

    def generate(self) -> str:
        return str(self.post("/qr/generate")["qr_token"])

    def checkin(self, user: str, code: str, device: str = "") -> None:
        self.post("/checkin", user_id=user, device_id=device or f"phone of {user}", qr_token=code)

    def status(self, user: str) -> str:
        url = f"{self.demo['base_url']}/presence/status"
        answer = requests.get(url, params={**self.session, "user_id": user}, timeout=30)
        return str(answer.json()["data"]["status"])

    def instructor(self) -> str:
        """An instructor's ID token."""
        return seed.id_token(self.demo["auth"]["emulator"], seed.USERS["instructor"])

    def enrol(self, students: Sequence[tuple[str, str]]) -> None:
        """Gives the course a name and a roster."""
        bearer = self.instructor()
        self.post("/courses", bearer, name=f"Course {self.course_id}")
        rows = "".join(f'{user},"{name}"\n' for user, name in students)
        self.post("/roster", bearer, csv=f"NIM,Nama\n{rows}")

    def console(self, instructor: Person) -> Page:
        """The console of this session, with an instructor at it."""
        page = instructor.open("/console/", course=self.course_id, session=self.session_id)
        instructor.sign_in("instructor")
        expect(page.locator("#state")).not_to_be_empty()
        return page
