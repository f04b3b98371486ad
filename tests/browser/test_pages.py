"""The site's own pages in Chromium: accessible in both themes from phone to desk, usable by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright

from tests.support.product import PASSWORD, ROOT, Product

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ARGS += ["--disable-component-update", "--disable-sync"]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
OUTPUT = Path(__file__).parent / "output"
SIZES = {"phone": (390, 844), "desk": (1280, 800)}
PAGES = {
    "sign-in": "/dang-nhap/",
    "home": "/",
    "account": "/tai-khoan/",
    "password": "/tai-khoan/mat-khau/",
    "error": "/khong-co-trang-nay/",
    "operations": "/van-hanh/",
    "deletions": "/sap-xoa/",
    "style": "/kieu-dang/",
}


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, product: Product) -> StorageState:
    """Cookies of the administrator, signed in through the page."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{product.url}/dang-nhap/")
    page.get_by_label("Tên đăng nhập").fill("quan-tri")
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(f"{product.url}/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def context(browser: Browser, signed_in: StorageState) -> Iterator[BrowserContext]:
    with browser.new_context(storage_state=signed_in, viewport={"width": 1280, "height": 800}) as fresh:
        yield fresh


def complaints(page: Page) -> list[str]:
    """What axe finds, serious or critical: rule and the first place. Injected by ``evaluate``, which a strict CSP allows."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in serious]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("name", list(PAGES))
def test_page_is_accessible_and_fits(
    browser: Browser, product: Product, signed_in: StorageState, name: str, size: str, theme: str
) -> None:
    width, height = SIZES[size]
    state = None if name == "sign-in" else signed_in
    with browser.new_context(storage_state=state, viewport={"width": width, "height": height}) as context:
        context.add_cookies([{"name": "diemcau_theme", "value": theme, "url": product.url}])
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(product.url + PAGES[name])
        page.evaluate("document.fonts.ready")
        OUTPUT.mkdir(exist_ok=True)
        page.screenshot(path=OUTPUT / f"{name}-{width}-{theme}.png", full_page=True)
        assert complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [line for line in said if "404" not in line] == []


def test_the_skip_link_comes_first_and_leads_to_the_content(context: BrowserContext, product: Product) -> None:
    page = context.new_page()
    page.goto(product.url)
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Đến nội dung chính")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_sign_in_works_by_keyboard_alone(browser: Browser, product: Product) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{product.url}/dang-nhap/")
        expect(page.get_by_label("Tên đăng nhập")).to_be_focused()
        page.keyboard.type("quan-tri")
        page.keyboard.press("Tab")
        expect(page.get_by_label("Mật khẩu", exact=True)).to_be_focused()
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Chào đồng chí")


def test_a_wrong_password_is_announced_and_what_was_typed_stays(browser: Browser, product: Product) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{product.url}/dang-nhap/")
        page.get_by_label("Tên đăng nhập").fill("khong-co-ai")
        page.get_by_label("Mật khẩu", exact=True).fill("khong-dung")
        page.get_by_role("button", name="Đăng nhập").click()
        expect(page.get_by_role("alert")).to_contain_text("chưa đúng")
        expect(page.get_by_label("Tên đăng nhập")).to_have_value("khong-co-ai")


def test_the_password_can_be_shown_and_hidden(browser: Browser, product: Product) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{product.url}/dang-nhap/")
        box = page.get_by_label("Mật khẩu", exact=True)
        page.get_by_role("button", name="Hiện mật khẩu").click()
        expect(box).to_have_attribute("type", "text")
        page.get_by_role("button", name="Ẩn mật khẩu").click()
        expect(box).to_have_attribute("type", "password")


def test_a_dialog_keeps_focus_closes_on_esc_and_gives_focus_back(context: BrowserContext, product: Product) -> None:
    page = context.new_page()
    page.goto(f"{product.url}/kieu-dang/")
    opener = page.get_by_role("button", name="Mở hộp thoại")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Kết thúc phiên họp?")
    expect(dialog).to_be_visible()
    for _ in range(8):
        page.keyboard.press("Tab")
        # The browser's own bar may have its turn (document.body); the page behind never.
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_form_that_asks_first_is_sent_only_after_the_answer(context: BrowserContext, product: Product) -> None:
    page = context.new_page()
    page.goto(f"{product.url}/kieu-dang/")
    page.get_by_role("button", name="Hỏi lại trước").click()
    dialog = page.get_by_role("dialog", name="Kết thúc phiên họp?")
    dialog.get_by_role("button", name="Không, quay lại").click()
    expect(dialog).to_be_hidden()
    assert "agreed" not in page.url
    page.get_by_role("button", name="Hỏi lại trước").click()
    dialog.get_by_role("button", name="Kết thúc", exact=True).click()
    page.wait_for_url("**/kieu-dang/?agreed=1")


def test_the_account_menu_opens_and_closes_by_keyboard(context: BrowserContext, product: Product) -> None:
    page = context.new_page()
    page.goto(product.url)
    summary = page.locator("summary.account-button")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Tài khoản và hiển thị")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Tài khoản và hiển thị")).to_be_hidden()
    expect(summary).to_be_focused()


def test_the_language_switch_changes_the_page_where_one_is(context: BrowserContext, product: Product) -> None:
    page = context.new_page()
    page.goto(f"{product.url}/tai-khoan/")
    page.get_by_role("button", name="EN").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Account and display")
    page.get_by_role("button", name="VI").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tài khoản và hiển thị")


def test_the_theme_is_kept_and_said_to_be_kept(context: BrowserContext, product: Product) -> None:
    page = context.new_page()
    page.goto(f"{product.url}/tai-khoan/")
    page.get_by_role("radio", name="Tối").check()
    page.get_by_role("radio", name="Lớn").check()
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("status")).to_contain_text("Đã lưu")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-text", "large")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 20, 21)"
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 18


def test_pages_work_when_scripts_do_not(browser: Browser, product: Product) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{product.url}/dang-nhap/")
        page.get_by_label("Tên đăng nhập").fill("quan-tri")
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Chào đồng chí")


def test_styles_are_sent_small_and_kept_for_good(context: BrowserContext, product: Product) -> None:
    page = context.new_page()
    with page.expect_response(lambda response: response.request.resource_type == "stylesheet") as found:
        page.goto(product.url)
    headers = found.value.headers
    assert (headers["content-encoding"], "immutable" in headers["cache-control"]) == ("gzip", True)
