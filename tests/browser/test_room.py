"""The room and the console in real browsers on the whole product: what goes wrong, and what a chair and a presenter do."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Album
from tests.browser.test_pages import complaints
from tests.support import fakemedia
from tests.support.browsers import Browsers, browsers, enter_room, look, sign_in, until
from tests.support.product import SMALL_RECORDING, Product, running
from tests.support.seed import planted

SITE, DELEGATE = "Huyện Hòn Đất", "Đỗ Thị Ánh Tuyết"
PHONE, DESK, HALL = {"width": 390, "height": 844}, {"width": 1280, "height": 800}, {"width": 1920, "height": 1080}
PATIENT_MS = 90_000


@dataclass
class House:
    """A product of this file's own, the browsers of three places, and the pages that are in the session."""

    product: Product
    open: Browsers
    address: str
    places: dict[str, Browser]
    pages: dict[str, Page] = field(default_factory=dict)

    def visit(self, who: str, place: str, size: dict[str, int], *, console: bool = False) -> Page:
        """``who``'s page in the room (or console), opened at the first call."""
        if who not in self.pages:
            page = self.open.page(self.places[place], size=size)
            page.set_default_timeout(PATIENT_MS)
            sign_in(page, self.product, who)
            if console:
                page.goto(f"{self.address}dieu-hanh/")
            else:
                enter_room(page, self.address)
            expect(page.get_by_test_id("link")).to_have_attribute("data-down", "connected", timeout=PATIENT_MS)
            self.pages[who] = page
        return self.pages[who]

    @property
    def technician(self) -> Page:
        return self.visit("ky-thuat", "desk", {"width": 1440, "height": 900}, console=True)

    @property
    def chair(self) -> Page:
        return self.visit("chu-tri", "desk", DESK)

    @property
    def presenter(self) -> Page:
        return self.visit("bao-cao-vien", "hub", DESK)

    @property
    def site(self) -> Page:
        return self.visit("diem-cau", "district", HALL)

    @property
    def delegate(self) -> Page:
        return self.visit("dai-bieu", "desk", PHONE)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[House]:
    with running(planted(tmp_path_factory.mktemp("room")), **SMALL_RECORDING) as product, browsers(chromium) as open_:
        with sqlite3.connect(product.data / "db.sqlite3") as database:
            (session,) = database.execute("select public_id from conference_session where not rehearsal").fetchone()
        places = {
            "hub": open_.open(fakemedia.presenter()),
            "district": open_.open(fakemedia.site(small=True)),
            "desk": open_.open(fakemedia.delegate(small=True)),
        }
        yield House(product, open_, f"{product.url}/hop/{session}/", places)


def wide(page: Page) -> bool:
    """Whether anything sticks out sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_prejoin_without_devices_explains_and_lets_one_listen(house: House, album: Album) -> None:
    page = house.open.page(house.open.open(None), size=PHONE)
    sign_in(page, house.product, "dai-bieu")
    page.goto(house.address)
    problem = page.get_by_test_id("device-problem")
    expect(problem).to_contain_text("Chưa dùng được camera và micrô")
    expect(problem.get_by_role("button", name="Thử lại")).to_be_visible()
    expect(page.get_by_test_id("enter")).to_have_text("Vào chỉ để nghe")
    assert complaints(page) == []
    assert not wide(page)
    album.take(page, "prejoin-no-devices", whole=True)
    page.get_by_test_id("enter").click()
    expect(page.get_by_test_id("slate")).to_contain_text("Hội nghị chưa mở")
    expect(page.get_by_test_id("air")).to_have_attribute("data-air", "off")
    page.get_by_role("button", name="Rời hội nghị").click()
    expect(page.get_by_role("heading", name="Đồng chí đã rời hội nghị")).to_be_visible()
    page.context.close()


def test_prejoin_with_devices_is_accessible(house: House, album: Album) -> None:
    page = house.open.page(house.places["hub"], size=DESK)
    sign_in(page, house.product, "bao-cao-vien")
    page.goto(house.address)
    expect(page.get_by_test_id("enter")).to_be_enabled()
    assert until(lambda: look(page, "preview"), lambda seen: seen.is_alive).is_alive
    assert complaints(page) == []
    album.take(page, "prejoin-desk")
    page.context.close()


def test_chair_opens_and_starts_and_all_follow(house: House, album: Album) -> None:
    expect(house.chair.get_by_test_id("slate")).to_contain_text("Hội nghị chưa mở")
    house.chair.get_by_role("button", name="Mở phòng").first.click()
    expect(house.delegate.get_by_test_id("slate")).to_contain_text("Phòng đã mở")
    album.take(house.chair, "room-open")
    house.chair.get_by_role("button", name="Bắt đầu hội nghị").first.click()
    for page in (house.presenter, house.site, house.delegate, house.technician):
        expect(page.get_by_test_id("slate")).to_have_count(0)
        expect(page.get_by_text("Đang ghi", exact=True)).to_be_visible()
    house.chair.get_by_role("button", name="Bắt đầu: Chuyên đề").click()
    expect(house.site.get_by_test_id("agenda-line")).to_contain_text("Chuyên đề")


def test_presenter_shows_a_deck_then_a_screen(house: House, album: Album) -> None:
    house.presenter.locator(".present-deck").select_option(index=1)
    for turn, page_number in ((None, "1"), ("ArrowRight", "2"), ("ArrowRight", "3"), ("ArrowLeft", "2")):
        if turn:
            house.presenter.keyboard.press(turn)
        for page in (house.presenter, house.site):
            expect(page.get_by_test_id("deck")).to_have_attribute("data-page", page_number)
    expect(house.delegate.get_by_test_id("spoken")).to_contain_text("Trang 2")
    house.presenter.get_by_role("button", name="Chia sẻ màn hình").click()
    expect(house.presenter.get_by_test_id("screen-own")).to_be_visible(timeout=PATIENT_MS)
    # On a starved machine the node may think the link narrow for half a minute, and pictures wait.
    shown = until(lambda: look(house.site, "content-video"), lambda seen: seen.size[0] > 0 and sum(seen.mean) > 3, tries=30)
    assert shown.size[0] >= 320 and sum(shown.mean) > 3, shown
    house.presenter.get_by_role("button", name="Dừng chia sẻ màn hình").first.click()
    expect(house.site.get_by_test_id("screen")).to_have_count(0)
    house.presenter.locator(".present-deck").select_option(index=1)
    expect(house.site.locator(".deck-page")).to_be_visible()
    album.take(house.presenter, "room-presenter")


def test_floor_is_asked_withdrawn_granted_and_recalled(house: House, album: Album) -> None:
    site, chair, delegate = house.site, house.chair, house.delegate
    site.get_by_role("button", name="Đăng ký phát biểu").click()
    expect(site.get_by_role("button", name="Rút đăng ký")).to_be_focused()
    expect(site.get_by_text("Đang chờ, thứ 1")).to_be_visible()
    delegate.get_by_role("button", name="Đăng ký phát biểu").click()
    expect(delegate.get_by_text("Đang chờ, thứ 2")).to_be_visible()
    album.take(delegate, "room-phone-waiting")
    delegate.get_by_test_id("link").click()
    expect(delegate.get_by_test_id("figures")).to_contain_text("Trễ hai chiều")
    expect(delegate.get_by_test_id("figures")).to_contain_text("hình cỡ")
    album.take(delegate, "room-phone-link")
    assert complaints(delegate) == []
    delegate.keyboard.press("Escape")
    expect(delegate.get_by_test_id("link")).to_be_focused()
    album.take(chair, "room-chair")
    chair.get_by_role("button", name=f"Đưa {DELEGATE} lên trước").click()
    expect(delegate.get_by_text("Đang chờ, thứ 1")).to_be_visible()
    delegate.get_by_role("button", name="Rút đăng ký").click()
    expect(delegate.get_by_role("button", name="Đăng ký phát biểu")).to_be_enabled()
    expect(site.get_by_test_id("microphone")).to_have_attribute("data-on", "false")
    chair.get_by_role("button", name=f"Mời {SITE} phát biểu").click()
    expect(site.get_by_test_id("microphone")).to_have_attribute("data-on", "true")
    expect(site.get_by_test_id("air")).to_have_attribute("data-air", "heard")
    device = fakemedia.site()
    assert device.colour is not None
    colour = device.colour
    seen = until(lambda: look(delegate), lambda picture: picture.is_alive and picture.looks_like(colour))
    assert seen.is_alive and seen.looks_like(colour), seen
    album.take(site, "room-site-speaking")
    site.get_by_role("button", name="Tắt micrô").click()
    expect(site.get_by_test_id("air")).to_have_attribute("data-air", "seen_only")
    site.get_by_role("button", name="Bật micrô").click()
    chair.get_by_role("button", name="Dừng phát biểu").click()
    expect(site.get_by_role("button", name="Đăng ký phát biểu")).to_be_visible()
    expect(site.get_by_test_id("microphone")).to_have_attribute("data-on", "false")
    expect(site.get_by_test_id("air")).to_have_attribute("data-air", "off")


def test_technicians_chat_stays_among_those_who_may_read_it(house: House, album: Album) -> None:
    site, technician, delegate = house.site, house.technician, house.delegate
    site.get_by_role("button", name="Bố cục").click()
    site.get_by_role("menuitemradio", name="Hiện cột bên").click()
    site.get_by_role("tab", name="Kỹ thuật").click()
    site.get_by_label("Nhắn cho tổ kỹ thuật…").fill("Loa hội trường bị rè.")
    site.keyboard.press("Enter")
    technician.get_by_role("tab", name="Kỹ thuật").click()
    expect(technician.get_by_test_id("chat-technicians")).to_contain_text("Loa hội trường bị rè.")
    expect(delegate.get_by_role("tab", name="Kỹ thuật")).to_have_count(0)
    assert "bị rè" not in delegate.content()
    technician.locator(".site-tile", has_text=SITE).click()
    expect(technician.get_by_test_id("detail")).to_contain_text(SITE)
    album.take(technician, "console")
    album.take(site, "room-site-side")
    site.get_by_role("button", name="Bố cục").click()
    site.get_by_role("menuitemradio", name="Hiện cột bên").click()


@pytest.mark.parametrize("who", ["chair", "site", "delegate", "technician"])
def test_live_page_is_accessible_and_fits(house: House, who: str) -> None:
    page: Page = getattr(house, who)
    assert complaints(page) == []
    assert not wide(page)


def test_second_tab_takes_the_seat_over_only_when_asked(house: House) -> None:
    first = house.delegate
    second = first.context.new_page()
    second.goto(house.address)
    second.locator("[data-testid=enter]:not([disabled])").click()
    second.get_by_role("button", name="Chuyển sang cửa sổ này").click()
    expect(second.get_by_test_id("link")).to_have_attribute("data-phase", "inside")
    expect(first.get_by_role("heading", name="Hội nghị đã chuyển sang cửa sổ khác")).to_be_visible()
    first.get_by_role("button", name="Chuyển về cửa sổ này").click()
    expect(first.get_by_test_id("link")).to_have_attribute("data-down", "connected", timeout=PATIENT_MS)
    expect(second.get_by_role("heading", name="Hội nghị đã chuyển sang cửa sổ khác")).to_be_visible()
    second.close()


def test_break_shows_a_slate_and_silences_the_presenter(house: House, album: Album) -> None:
    house.chair.get_by_role("button", name="Giải lao", exact=True).click()
    expect(house.site.get_by_test_id("slate")).to_contain_text("Giải lao")
    expect(house.presenter.get_by_test_id("air")).to_have_attribute("data-air", "off")
    album.take(house.site, "room-break")
    house.chair.get_by_role("button", name="Tiếp tục hội nghị").first.click()
    expect(house.presenter.get_by_test_id("air")).to_have_attribute("data-air", "heard")


NOTE_STATES = """() => {
  window.states = [];
  new MutationObserver((changes) => window.states.push(...changes.map((each) => each.target.dataset.down)))
    .observe(document.body, { subtree: true, attributes: true, attributeFilter: ["data-down"] });
}"""
"""A page is connected anew within half a second: whoever looks once a second may not see it."""


def test_picture_comes_back_when_the_media_node_was_killed(house: House) -> None:
    pages = (house.presenter, house.delegate)
    for page in pages:
        page.evaluate(NOTE_STATES)
    os.kill(house.product.pid_of("node"), signal.SIGKILL)
    for page in pages:
        page.wait_for_function("() => window.states.includes('connecting')", timeout=PATIENT_MS)
        expect(page.get_by_test_id("link")).to_have_attribute("data-down", "connected", timeout=PATIENT_MS)
    seen = until(lambda: look(house.delegate), lambda picture: picture.is_alive)
    assert seen.is_alive, seen


NOTE_PICTURES = """() => {
  const video = document.querySelector("[data-testid=speaker-video]");
  window.pictures = [];
  const note = () => { window.pictures.push(performance.now()); video.requestVideoFrameCallback(note); };
  video.requestVideoFrameCallback(note);
}"""
LONGEST_PAUSE = "() => Math.max(...window.pictures.slice(1).map((at, place) => at - window.pictures[place]))"


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """This process stands still meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_page_comes_back_into_its_seat_when_the_web_server_was_killed(house: House) -> None:
    """Meanwhile the picture goes on, and nothing that is said gets lost or is said twice."""
    chair, delegate = house.chair, house.delegate
    chair.get_by_role("tab", name="Trao đổi").click()
    delegate.get_by_role("tab", name="Trao đổi").click()
    delegate.evaluate(NOTE_STATES)
    delegate.evaluate(NOTE_PICTURES)
    web = house.product.pid_of("web")
    with stopped(house.product.process.pid):  # who would start it again at once
        os.kill(web, signal.SIGKILL)
        for page in (chair, delegate):
            expect(page.get_by_role("alert")).to_contain_text("đang nối lại", timeout=PATIENT_MS)
        pictures = delegate.evaluate("window.pictures.length")
        delegate.get_by_label("Nhắn cho mọi người…").fill("Nói trong lúc mất kết nối.")
        delegate.keyboard.press("Enter")
        delegate.get_by_role("button", name="Đăng ký phát biểu").click()
        delegate.wait_for_function("(before) => window.pictures.length > before + 5", arg=pictures)
    for page in (chair, delegate):
        expect(page.get_by_test_id("link")).to_have_attribute("data-phase", "inside", timeout=PATIENT_MS)
        expect(page.get_by_test_id("deck")).to_have_attribute("data-page", "1")
    expect(chair.get_by_test_id("chat-all").get_by_text("Nói trong lúc mất kết nối.")).to_have_count(1)
    expect(delegate.get_by_text("Đang chờ, thứ 1")).to_be_visible()
    expect(chair.get_by_role("button", name=f"Mời {DELEGATE} phát biểu")).to_have_count(1)
    assert delegate.evaluate("window.states") == [], "its media connection was left alone"
    assert delegate.evaluate(LONGEST_PAUSE) < 8000  # the machine starts a server and shows ten pages
    delegate.get_by_role("button", name="Rút đăng ký").click()
    expect(delegate.get_by_role("button", name="Đăng ký phát biểu")).to_be_enabled()
    chair.get_by_role("tab", name="Điều hành").click()


def test_end_is_confirmed_and_leads_on(house: House, album: Album) -> None:
    house.chair.get_by_role("button", name="Kết thúc hội nghị").click()
    house.chair.get_by_role("button", name="Chưa kết thúc").click()
    expect(house.delegate.get_by_test_id("link")).to_be_visible()
    house.chair.get_by_role("button", name="Kết thúc hội nghị").click()
    house.chair.get_by_role("dialog").get_by_role("button", name="Kết thúc hội nghị").click()
    expect(house.delegate.get_by_role("heading", name="Hội nghị đã kết thúc")).to_be_visible()
    expect(house.delegate.get_by_test_id("replay")).to_be_visible(timeout=PATIENT_MS)
    assert complaints(house.delegate) == []
    album.take(house.delegate, "room-ended")


def test_the_console_ends_with_the_session_and_says_the_same_when_loaded_again(house: House, album: Album) -> None:
    console = house.technician
    replay = console.get_by_test_id("replay")
    expect(replay).to_be_visible(timeout=PATIENT_MS)
    held = console.get_by_test_id("held").inner_text()
    assert re.search(r"\d\d/\d\d/\d{4}, \d\d:\d\d–\d\d:\d\d$", held), held
    for gone in (console.get_by_test_id("link"), console.locator(".monitor"), console.locator(".site-tile")):
        expect(gone).to_have_count(0)
    expect(console.get_by_role("button")).to_have_count(0)
    assert complaints(console) == []
    assert not wide(console)
    album.take(console, "console-ended")
    address = replay.get_attribute("href")
    console.reload()
    expect(console.get_by_role("heading", name="Hội nghị đã kết thúc")).to_be_visible()
    expect(console.get_by_text(held, exact=True)).to_be_visible()
    expect(console.get_by_role("link", name="Xem lại phiên họp")).to_have_attribute("href", address or "")


def test_nothing_was_complained_of_but_lost_connections(house: House) -> None:
    """No error of ours and no violation of the content security policy; a killed server's refused connections are expected."""
    lost = re.compile(r"WebSocket connection to .* failed|ERR_CONNECTION_REFUSED|Failed to load resource")
    assert [line for line in house.open.complaints if not lost.search(line)] == []
