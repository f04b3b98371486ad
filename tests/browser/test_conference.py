"""The planning pages in Chromium: what they look like from a phone to a desk, and slides from the file to the page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Album
from tests.browser.test_pages import complaints
from tests.support.browsers import Browsers, browsers, sign_in
from tests.support.pdf import LOCKED_PDF, make_pdf
from tests.support.product import Product

SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 800}}
PATIENT_MS = 60_000


@pytest.fixture(scope="module")
def opened(chromium: str) -> Iterator[Browsers]:
    with browsers(chromium) as running:
        yield running


def find_pages(page: Page, product: Product) -> dict[str, str]:
    """Addresses of the pages of the demonstration's conference, as a person finds them."""
    page.goto(f"{product.url}/hoi-nghi/")
    session = str(page.locator('a[href^="/phien/"]').first.get_attribute("href"))
    page.goto(product.url + session)
    conference = str(page.locator('.breadcrumb a[href^="/hoi-nghi/"]').last.get_attribute("href"))
    return {
        "conferences": "/hoi-nghi/",
        "conference": conference,
        "conference-form": f"{conference}sua/",
        "session": session,
        "session-form": f"{conference}phien-moi/",
        "agenda": f"{session}chuong-trinh/",
        "roster": f"{session}trieu-tap/?tim=an",
    }


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_planning_pages_are_accessible_and_fit(opened: Browsers, product: Product, album: Album, size: str, dark: bool) -> None:
    browser = opened.open()
    page = opened.page(browser, size=SIZES[size], dark=dark)
    page.set_default_timeout(PATIENT_MS)
    sign_in(page, product, "chu-tri")
    opened.complaints.clear()
    for name, path in find_pages(page, product).items():
        page.goto(product.url + path)
        page.evaluate("document.fonts.ready")
        album.take(page, f"{name}-{SIZES[size]['width']}-{'dark' if dark else 'light'}", whole=True)
        assert (name, complaints(page)) == (name, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"], name
    assert opened.complaints == []
    browser.close()


def test_slides_are_taken_in_prepared_and_shown_and_a_wrong_file_says_why(opened: Browsers, product: Product) -> None:
    browser = opened.open()
    page = opened.page(browser)
    page.set_default_timeout(PATIENT_MS)
    sign_in(page, product, "bao-cao-vien")
    page.goto(product.url + find_pages(page, product)["session"])
    decks = page.locator("#decks")
    decks.locator("summary").click()
    for content, said in ((b"PK not a pdf", "Đây không phải tệp PDF"), (LOCKED_PDF, "khóa bằng mật khẩu")):
        decks.get_by_label("Tên gọi").fill("Chuyên đề của tôi")
        decks.locator("input[type=file]").set_input_files({"name": "x.pdf", "mimeType": "application/pdf", "buffer": content})
        decks.get_by_role("button", name="Tải lên").click()
        expect(decks.locator(".field-error")).to_contain_text(said)
        expect(decks.get_by_label("Tên gọi")).to_have_value("Chuyên đề của tôi")
    slides = {"name": "Chuyên đề 2.pdf", "mimeType": "application/pdf", "buffer": make_pdf(4)}
    decks.locator("input[type=file]").set_input_files(slides)
    decks.get_by_role("button", name="Tải lên").click()
    line = decks.locator("li", has_text="Chuyên đề của tôi")
    expect(line).to_contain_text("4 trang", timeout=PATIENT_MS)
    before = page.url
    line.get_by_role("link", name="Xem").click(timeout=PATIENT_MS)
    expect(page.get_by_role("img", name="Trang 1")).to_be_visible()
    for key, place in (("ArrowRight", "Trang 2/4"), ("ArrowRight", "Trang 3/4"), ("ArrowLeft", "Trang 2/4")):
        page.keyboard.press(key)
        expect(page.locator("#deck [role=status]")).to_have_text(place)
    shown = page.get_by_role("img", name="Trang 2")
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("image => image.naturalWidth") > 0
    page.goto(before)

    line.get_by_role("button", name=re.compile("^Xóa")).click()
    page.get_by_role("button", name="Đồng ý").click()
    expect(decks.locator("li", has_text="Chuyên đề của tôi")).to_have_count(0)
    browser.close()


def test_an_agenda_is_edited_line_by_line(opened: Browsers, product: Product) -> None:
    browser = opened.open()
    page = opened.page(browser)
    page.set_default_timeout(PATIENT_MS)
    sign_in(page, product, "chu-tri")
    pages = find_pages(page, product)
    page.goto(product.url + pages["agenda"])
    before = page.locator("ol.stack > li").count()
    page.get_by_role("button", name="Thêm một mục").click()
    expect(page.locator("ol.stack > li")).to_have_count(before + 1)
    line = page.locator("ol.stack > li").nth(before - 1)
    line.get_by_label("Tên gọi").fill("Trao đổi, thảo luận")
    line.get_by_label("Số phút").fill("20")
    line.get_by_label("Thứ tự").fill("2")
    page.get_by_role("button", name="Lưu chương trình").click()
    page.wait_for_url(product.url + pages["session"])
    agenda = page.locator("ol.agenda")
    expect(agenda).to_contain_text("Trao đổi, thảo luận")

    page.goto(product.url + pages["agenda"])
    line = page.locator("ol.stack > li", has=page.locator('input[value="Trao đổi, thảo luận"]'))
    line.get_by_label("Bỏ").check()
    page.get_by_role("button", name="Lưu chương trình").click()
    page.wait_for_url(product.url + pages["session"])
    expect(page.locator("ol.agenda")).not_to_contain_text("Trao đổi, thảo luận")
    browser.close()
