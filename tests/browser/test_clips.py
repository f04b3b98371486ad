"""A clip's whole way in Chromium: cut, made, approved by a second person, watched by a stranger, withdrawn."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from media.clips.scenes import Scenes, Shown, Speaker, keep
from media.egress.layout import Box
from tests.browser.conftest import Album
from tests.browser.test_pages import complaints
from tests.support.browsers import Browsers, sign_in
from tests.support.product import Product

SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}, "hall": {"width": 1920, "height": 1080}}
SCENES = Scenes(
    1280, 720,
    (
        (0, Shown()),
        (5_000_000, Shown((Speaker(Box(0, 0, 1280, 720), "Nguyễn Thị Hạnh", "Báo cáo viên"),), None, inside=True)),
        (22_000_000, Shown((Speaker(Box(982, 92, 280, 156), "Nguyễn Thị Hạnh", "Báo cáo viên"),), Box(18, 94, 946, 532))),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def ids(product: Product) -> dict[str, str]:
    """A recorded session whose secretary and chair are people of the demonstration."""
    found: dict[str, str] = json.loads(product.helper("tests.support.replay", "thu-ky:secretary", "chu-tri:chair"))
    keep(product.data / "recordings" / found["recording"], SCENES)
    return found


def shoot(page: Page, opened: Browsers, album: Album, name: str) -> None:
    """The page in every size and both themes: it fits, and axe has nothing to say."""
    for size, dimensions in SIZES.items():
        page.set_viewport_size(dimensions)  # type: ignore[arg-type]
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.wait_for_timeout(300)
            album.take(page, f"{name}-{size}-{theme}", whole=True)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, size)
        found = complaints(page)
        assert found == [], (name, size, found)
    opened.complaints.clear()  # axe sets styles itself
    page.set_viewport_size(SIZES["desk"])  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")


def test_a_clip_goes_from_the_replay_to_a_stranger_and_back(
    opened: Browsers, browser: Browser, product: Product, ids: dict[str, str], album: Album
) -> None:
    page = opened.page(browser, size=SIZES["desk"])
    sign_in(page, product, "thu-ky")
    page.goto(f"{product.url}/phien/{ids['session']}/xem-lai/")
    page.get_by_role("link", name="Cắt đoạn").click()
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 2")
    page.get_by_label("Tiêu đề đoạn").fill("Điểm nhấn về chuyển đổi số")
    page.get_by_label("Dọc (9:16)").check()
    page.evaluate("() => { document.querySelector('video').currentTime = 12.02 }")
    page.wait_for_function("() => !document.querySelector('video').seeking")
    page.get_by_role("button", name="Đặt ở vị trí đang xem").first.click()
    expect(page.get_by_role("textbox", name="Điểm đầu", exact=True)).to_have_value("0:00:12.000")
    page.get_by_role("group", name="Điểm đầu").get_by_role("button", name="+1 khung").press("Enter")
    expect(page.get_by_role("textbox", name="Điểm đầu", exact=True)).to_have_value(
        "0:00:12.083"
    )  # the test's recording has 12 frames a second
    page.get_by_role("textbox", name="Điểm cuối").fill("0:00:24.083")
    page.get_by_role("textbox", name="Điểm cuối").press("Tab")
    page.wait_for_function("() => !document.querySelector('video').seeking")
    page.get_by_role("button", name="Xem thử", exact=True).focus()
    page.keyboard.press(",")
    page.wait_for_function("() => !document.querySelector('video').seeking")
    page.keyboard.press("o")
    expect(page.get_by_role("textbox", name="Điểm cuối")).to_have_value("0:00:24.000")
    expect(page.locator("[data-clip-words]")).to_contain_text("00:12 (144 khung hình)")
    page.wait_for_function("() => document.querySelector('[data-clip-canvas]').height === 640")
    assert page.locator(".clip-frame-edge").get_attribute("d") == "M18 94h946v532h-946zM982 92h280v156h-280z"
    page.get_by_role("button", name="Xem thử đoạn đầu").click()
    page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 12.4) < 0.4")
    expect(page.get_by_role("button", name="Xem thử đoạn đầu")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Xem thử đoạn đầu").click()
    assert opened.complaints == []
    shoot(page, opened, album, "clips")
    page.get_by_role("button", name="Tạo video").click()
    expect(page.get_by_text("do chính đồng chí cắt")).to_be_visible(timeout=120_000)
    clip_url = page.url

    chair = opened.page(browser, size=SIZES["desk"])
    sign_in(chair, product, "chu-tri")
    chair.get_by_role("link", name="Điểm nhấn về chuyển đổi số").click()
    chair.wait_for_url(clip_url)
    chair.get_by_role("button", name="Trả lại kèm lý do").click()
    expect(chair.get_by_role("dialog", name="Trả lại đoạn")).to_be_visible()
    chair.keyboard.press("Escape")
    chair.get_by_role("button", name="Duyệt", exact=True).click()
    chair.get_by_role("dialog").get_by_role("button", name="Duyệt").click()
    expect(chair.locator(".page-head .chip")).to_have_text("Đã duyệt")
    chair.get_by_role("button", name="Mở liên kết công khai").click()
    public = chair.locator("#public-url").inner_text()
    shoot(chair, opened, album, "clip-shared")

    stranger = opened.page(browser, size=SIZES["phone"])
    stranger.goto(public)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Điểm nhấn về chuyển đổi số")
    stranger.wait_for_function("() => document.querySelector('video').readyState >= 1")
    length, width, height = stranger.evaluate("(v => [v.duration, v.videoWidth, v.videoHeight])(document.querySelector('video'))")
    assert (width, height) == (720, 1280)
    assert length == pytest.approx(2 + 12, abs=0.1)
    assert stranger.locator('meta[name="robots"]').get_attribute("content") == "noindex, nofollow"
    assert opened.complaints == []
    shoot(stranger, opened, album, "clip-public")
    page.goto(clip_url)
    page.get_by_role("button", name="Thu hồi liên kết").click()
    page.get_by_role("dialog").get_by_role("button", name="Thu hồi").click()
    expect(page.get_by_role("button", name="Mở liên kết công khai")).to_be_visible()
    answer = stranger.goto(public)
    assert answer is not None and answer.status == 404
    expect(stranger.locator("main")).to_contain_text("Video này không xem được")
    for each in (page, chair, stranger):
        each.context.close()
    opened.complaints.clear()  # the browser reports the 404
