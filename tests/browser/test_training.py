"""Learning in Chromium: a quiz whose tab dies and whose time runs out; a recording that is watched, skipped and resumed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Album
from tests.browser.test_pages import complaints
from tests.support.browsers import Browsers, sign_in, visit
from tests.support.product import ROOT, Product

PERSON = "dai-bieu"
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}, "hall": {"width": 1920, "height": 1080}}


@pytest.fixture(scope="module")
def ids(product: Product) -> dict[str, str]:
    """A recorded session and a quiz in a module of their own, made in the product's data."""
    found: dict[str, str] = json.loads(product.helper("tests.support.replay", PERSON, "thu-ky"))
    return found


@pytest.fixture
def page(opened: Browsers, browser: Browser, product: Product) -> Iterator[Page]:
    with visit(opened, browser, product, PERSON) as found:
        yield found


def start_quiz(page: Page, product: Product, ids: dict[str, str]) -> str:
    page.goto(f"{product.url}/trac-nghiem/{ids['quiz']}/")
    page.locator("main form button.button-primary").click()
    page.wait_for_url("**/luot-thi/*/")
    return page.url


def question(page: Page, text: str) -> str:
    """Selector of the question with ``text``."""
    field = page.locator("[data-question]", has=page.get_by_text(text))
    return f"#cau-{field.get_attribute('data-question')}"


def saved(page: Page) -> None:
    expect(page.locator("form[data-save-state=saved]")).to_be_attached()
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu")


def hand_in(page: Page) -> None:
    page.locator("[data-submit]").click()
    page.locator("[data-hand-in]").click()
    page.wait_for_url("**/ket-qua/")


def test_quiz_when_the_tab_dies_goes_on_in_another_with_every_answer(
    page: Page, product: Product, ids: dict[str, str], opened: Browsers, album: Album
) -> None:
    url = start_quiz(page, product, ids)
    order = page.locator(".question-text").all_inner_texts()
    page.locator(question(page, "Cơ quan nào")).get_by_text("Bộ Chính trị").click()
    saved(page)
    page.locator(question(page, "Kinh tế số")).locator("input").fill("30")  # typed, and the tab is gone before it is sent
    page.context.set_offline(True)
    time.sleep(1)
    page.close(run_before_unload=False)
    opened.complaints.clear()  # Chromium reports the failed request; that was the point

    again = page.context.new_page()
    page.context.set_offline(False)
    again.goto(url)
    assert again.locator(".question-text").all_inner_texts() == order
    saved(again)
    expect(again.locator("[data-answered]")).to_have_text("2")
    expect(again.locator(question(again, "Kinh tế số")).locator("input")).to_have_value("30")
    expect(again.get_by_label("Bộ Chính trị")).to_be_checked()
    for text in ("Nhóm 3 Đông Nam Á", "Nhóm 30 thế giới"):
        again.get_by_text(text).click()
    again.get_by_label("Ban hành", exact=True).select_option(label="22/12/2024")
    again.get_by_label("Hội nghị toàn quốc", exact=True).select_option(label="13/01/2025")
    expect(again.locator("[data-answered]")).to_have_text("4")
    album.take(again, "quiz-attempt")
    hand_in(again)
    expect(again.get_by_role("heading", name="Đạt", exact=True)).to_be_visible()
    expect(again.locator(".result")).to_contain_text("4/4")
    album.take(again, "quiz-review", whole=True)
    again.goto(url)
    assert again.url.endswith("/ket-qua/")


def test_quiz_when_open_twice_overwrites_nothing(page: Page, product: Product, ids: dict[str, str], opened: Browsers) -> None:
    url = start_quiz(page, product, ids)
    other = page.context.new_page()
    other.goto(url)
    other.get_by_text("Quốc hội").click()
    saved(other)
    page.get_by_text("Ban Bí thư").click()
    expect(page.locator("[data-trouble]")).to_contain_text("cửa sổ khác")
    opened.complaints.clear()  # Chromium reports the refusal; that was the point
    page.get_by_role("button", name="Tải lại trang").click()
    expect(page.get_by_label("Quốc hội")).to_be_checked()
    other.close()
    hand_in(page)
    expect(page.get_by_role("heading", name="Chưa đạt")).to_be_visible()


def test_quiz_when_the_network_fails_saves_later_and_when_time_ends_hands_in(
    page: Page, product: Product, ids: dict[str, str], opened: Browsers
) -> None:
    start_quiz(page, product, ids)
    page.context.set_offline(True)
    page.get_by_text("Bộ Chính trị").click()
    expect(page.locator("[data-saved]")).to_contain_text("Mất kết nối")
    page.context.set_offline(False)
    saved(page)
    opened.complaints.clear()

    # The server's clock decides: the deadline is moved there, and the page hears of it with its next save.
    move = (
        "import django; django.setup()\n"
        "import datetime as dt\n"
        "from training.models import Attempt\n"
        "soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=8)\n"
        "Attempt.objects.filter(state='in_progress').update(deadline=soon)\n"
    )
    environment = os.environ | {"DIEMCAU_DATA": str(product.data), "DJANGO_SETTINGS_MODULE": "deploy.settings"}
    subprocess.run([sys.executable, "-c", move], cwd=ROOT, env=environment, check=True, timeout=60)
    page.get_by_text("Nhóm 30 thế giới").click()
    expect(page.locator("[data-timer].is-short")).to_be_visible()
    page.wait_for_url("**/ket-qua/", timeout=30_000)
    expect(page.locator(".result")).to_contain_text("1,5/4")


def position(page: Page) -> float:
    at: float = page.evaluate("document.querySelector('video').currentTime")
    return at


def test_replay_when_played_skipped_and_resumed(
    page: Page, product: Product, ids: dict[str, str], opened: Browsers, album: Album
) -> None:
    url = f"{product.url}/hoc-tap/xem-lai/{ids['replay']}/"
    page.goto(url)
    page.wait_for_function("() => document.querySelector('video')?.duration > 59")
    page.keyboard.press("k")
    page.wait_for_function("() => document.querySelector('video').currentTime > 6")
    page.locator("[data-chapters] button", has_text="Nhiệm vụ, giải pháp").click()
    page.wait_for_function("() => document.querySelector('video').currentTime > 38")
    page.keyboard.press("k")
    seen = page.locator("[data-watched-text]")
    expect(seen).not_to_contain_text("Đã xem 0/")
    page.wait_for_timeout(500)
    watched = json.loads(
        page.evaluate("JSON.stringify([...document.querySelectorAll('.is-watched')].map(r => +r.getAttribute('width')))")
    )
    assert sum(watched) * 60 / 1000 < 15  # what was skipped is not credited
    assert len(watched) == 2
    expect(page.locator("[data-chapter-name]")).to_have_text("Nhiệm vụ, giải pháp")
    assert page.evaluate("document.querySelector('video').videoHeight") in (360, 720)
    album.take(page, "player")

    before = position(page)
    again = page.context.new_page()  # another window, as another device would be
    again.goto(url)
    again.wait_for_function(f"() => Math.abs(document.querySelector('video')?.currentTime - {before}) < 1.5")
    expect(again.locator("[data-note]")).to_contain_text(re.compile("Xem tiếp từ 00:[345]"))
    again.keyboard.press("u")  # to what is not watched
    again.wait_for_function(
        "() => document.querySelector('video').currentTime < 30 || document.querySelector('video').currentTime > 38"
    )
    again.keyboard.press("?")
    expect(again.get_by_role("dialog", name="Phím tắt")).to_be_visible()
    again.keyboard.press("Escape")
    expect(again.locator("[data-note]")).to_be_hidden()
    page.keyboard.press("k")  # Play in the first window takes the counting back
    expect(again.locator("[data-note]")).to_contain_text("cửa sổ khác")
    assert again.evaluate("document.querySelector('video').paused")
    expect(page.locator("[data-note]")).to_be_hidden()
    opened.complaints.clear()  # Chromium reports that a window may no longer count
    again.close()


def test_replay_when_watched_enough_makes_the_session_up(page: Page, product: Product, ids: dict[str, str]) -> None:
    page.goto(f"{product.url}/hoc-tap/xem-lai/{ids['replay']}/")
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 3")
    page.evaluate(
        "(v => { v.currentTime = 0; v.playbackRate = 2; v.muted = true; return v.play() })(document.querySelector('video'))"
    )
    expect(page.locator("[data-all-watched]")).to_be_visible(timeout=90_000)
    expect(page.locator("[data-step-state]")).to_contain_text("Hoàn thành")
    page.goto(f"{product.url}/hoc-tap/{ids['module']}/")
    expect(page.locator(".steps")).to_contain_text("Học bù")
    page.goto(f"{product.url}/hoc-tap/xem-lai/{ids['replay']}/")
    expect(page.locator("#downloads a[download]")).to_be_visible(timeout=60_000)  # made by the worker meanwhile


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_pages_are_accessible_and_fit(
    opened: Browsers, browser: Browser, product: Product, ids: dict[str, str], album: Album, size: str, theme: str
) -> None:
    opened.complaints.clear()
    page = opened.page(browser, size=SIZES[size])
    page.context.add_cookies([{"name": "diemcau_theme", "value": theme, "url": product.url}])
    sign_in(page, product, "thu-ky")
    paths = {
        "learning": "/hoc-tap/",
        "module": f"/hoc-tap/{ids['module']}/",
        "replay": f"/hoc-tap/xem-lai/{ids['replay']}/",
        "session-replay": f"/phien/{ids['session']}/xem-lai/",
        "quiz-rules": f"/trac-nghiem/{ids['quiz']}/",
    }
    for name, path in paths.items():
        page.goto(product.url + path)
        page.wait_for_load_state("networkidle")
        album.take(page, f"{name}-{size}-{theme}")
        check(page, opened)
    start_quiz(page, product, ids)
    album.take(page, f"attempt-{size}-{theme}")
    check(page, opened)
    page.context.close()


def check(page: Page, opened: Browsers) -> None:
    """Nothing to scroll to at the side, no complaint of the browser, none of axe (which sets styles itself)."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    assert opened.complaints == [], page.url
    assert complaints(page) == [], page.url
    opened.complaints.clear()
