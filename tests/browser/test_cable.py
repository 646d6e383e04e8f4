"""A phone on a cable, as the README says: it reaches the port of the pages and nothing else."""

import re
from collections.abc import Callable

from playwright.sync_api import Route, expect

from tests.browser.people import PHONE, Class, Person


def test_a_phone_that_reaches_one_port_only_scans_the_code_and_is_present(
    person: Callable[..., Person], course: Class
) -> None:
    phone = person(size=PHONE, locale="id-ID", is_mobile=True, has_touch=True)
    elsewhere: list[str] = []

    def refuse(route: Route) -> None:
        elsewhere.append(route.request.url)
        route.abort()

    phone.page.route(re.compile(rf"^(?!{re.escape(course.demo['base_url'])}/)"), refuse)
    code = f"c={course.course_id}&s={course.session_id}&t={course.generate()}"
    phone.page.goto(f"{course.demo['base_url']}/checkin/#{code}")
    phone.page.get_by_label("NIM").fill("20230001")
    phone.page.get_by_role("button", name="Kirim presensi").click()
    expect(phone.page.locator("#answer")).to_contain_text("Anda tercatat hadir")
    assert course.status("20230001") == "checked_in"
    assert phone.page.evaluate("isSecureContext"), "the page's camera needs it"
    assert elsewhere == []
