"""Captions in Chromium: uploaded, shown in the player, searched without diacritics, edited beside the video, taken along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from media.captions.domain.cues import Cue
from media.captions.domain.formats import parse
from tests.browser.conftest import Album
from tests.browser.test_pages import complaints
from tests.support.browsers import Browsers, sign_in
from tests.support.product import Product

MANAGER, WATCHER = "thu-ky", "dai-bieu"
SIZES = {"phone": (390, 844), "desk": (1280, 900), "hall": (1920, 1080)}
SAID = [
    "Kính thưa các đồng chí đại biểu,\nhôm nay tỉnh ta tổ chức hội nghị quán triệt.",
    "Nghị quyết số 57-NQ/TW xác định phát triển khoa học, công nghệ là đột phá quan trọng hàng đầu.",
    "Đến năm 2030, kinh tế số đạt tối thiểu 30% GDP.",
    "Các cấp ủy cụ thể hóa nghị quyết bằng chương trình hành động <có kiểm tra>.",
]
STARTS_S = (1, 8, 20, 41)
VTT = "WEBVTT\n\n" + "\n\n".join(
    f"00:{start:02}.000 --> 00:{start + 6:02}.000\n<v Đồng chí Chủ tọa>{said}" for start, said in zip(STARTS_S, SAID, strict=True)
)

SHOWN = (
    "[...document.querySelector('video').textTracks].filter(t => t.kind === 'subtitles' && t.mode === 'showing')"
    ".flatMap(t => [...(t.activeCues ?? [])].map(cue => cue.getCueAsHTML().textContent))"
)
"""The words that stand in the picture now."""


@pytest.fixture(scope="module")
def ids(product: Product) -> dict[str, str]:
    """A recorded session of this test, with a secretary who may manage it and a delegate who may watch."""
    found: dict[str, str] = json.loads(product.helper("tests.support.replay", f"{MANAGER}:secretary", WATCHER))
    return found


def at(page: Page, seconds: float) -> None:
    page.wait_for_function(f"() => Math.abs(document.querySelector('video').currentTime - {seconds}) < 1.5")


def check(page: Page, opened: Browsers) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    assert opened.complaints == [], page.url
    assert complaints(page) == [], page.url
    opened.complaints.clear()


def look_at_every_width(page: Page, opened: Browsers, album: Album, product: Product, replay: str, editor: str) -> None:
    """Both pages, small and large, light and dark: they fit, and axe has nothing to say."""
    for theme in ("light", "dark"):
        page.context.add_cookies([{"name": "diemcau_theme", "value": theme, "url": product.url}])
        for name, size in SIZES.items():
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.goto(replay)
            page.locator("[data-captions-search]").fill("nghi quyet")
            page.get_by_text("Thêm phụ đề").first.click()
            expect(page.locator("[data-captions-lines] mark")).to_have_count(2)
            album.take(page, f"captions-replay-{name}-{theme}", whole=True)
            check(page, opened)
            page.goto(editor)
            page.wait_for_function("() => document.querySelector('video')?.readyState >= 1")
            page.locator(".caption-row").nth(1).click()
            page.locator(".caption-versions summary").click()
            album.take(page, f"captions-editor-{name}-{theme}")
            check(page, opened)


def test_captions_from_the_file_to_the_picture_the_search_the_editor_and_back(
    opened: Browsers, browser: Browser, product: Product, ids: dict[str, str], album: Album, tmp_path: Path
) -> None:
    opened.complaints.clear()
    page = opened.page(browser)
    sign_in(page, product, MANAGER)
    url = f"{product.url}/hoc-tap/xem-lai/{ids['replay']}/"
    page.goto(url)

    # A file with a mistake says where; the right one is shown.
    page.get_by_text("Thêm phụ đề").first.click()
    manage = page.locator("#captions-manage")
    file = manage.locator("input[type=file]")
    file.set_input_files({"name": "a.vtt", "mimeType": "text/vtt", "buffer": b"WEBVTT\n\n00:09.000 --> 00:01.000\na\n"})
    manage.get_by_role("button", name="Thêm phụ đề").click()
    expect(manage.locator(".field-error").last).to_contain_text("Dòng 3:")
    opened.complaints.clear()  # Chromium reports the refusal; that was the point
    file.set_input_files({"name": "a.vtt", "mimeType": "text/vtt", "buffer": VTT.encode()})
    manage.get_by_role("button", name="Thêm phụ đề").click()
    expect(page.locator("[data-captions-lines] li")).to_have_count(4)

    # Shown by the button or the key, and remembered.
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 2")
    assert page.evaluate(SHOWN) == []
    page.keyboard.press("c")
    expect(page.locator("[data-captions-toggle]")).to_have_attribute("aria-pressed", "true")

    # Found without diacritics; Enter goes there, and the words stand in the picture.
    page.locator("[data-captions-search]").fill("nghi quyet")
    found = page.locator("[data-captions-found]")
    expect(found).to_have_text("Tìm thấy 2 chỗ.")
    expect(page.locator("[data-captions-lines] mark")).to_have_text(["Nghị quyết", "nghị quyết"])
    page.keyboard.press("Enter")
    at(page, 8)
    page.wait_for_function("() => document.querySelector('.captions-lines .is-current')?.textContent.includes('57-NQ/TW')")
    page.keyboard.press("Enter")
    at(page, 41)
    expect(found).to_contain_text("Chỗ 2/2")
    page.evaluate("document.querySelector('video').pause()")
    page.wait_for_function(f"said => JSON.stringify({SHOWN}) === JSON.stringify([said])", arg=SAID[3])
    album.take(page, "captions-found")
    page.get_by_role("button", name="Theo lời đang nói").click()
    expect(page.locator("[data-captions-lines] li:visible")).to_have_count(4)
    page.reload()
    expect(page.locator("[data-captions-toggle]")).to_have_attribute("aria-pressed", "true")

    # Edited beside the video: a word, a cut, a new end; then saved, undone on another page's conflict, and saved on top.
    page.locator("#captions-manage").get_by_role("link", name="Sửa").click()
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 1")
    page.locator(".caption-row", has_text="Đến năm 2030").click()
    text = page.get_by_label("Lời nói")
    text.fill("Đến năm 2030, kinh tế số đạt ít nhất 30% GDP.")
    text.evaluate("field => field.setSelectionRange(13, 13)")
    page.get_by_role("button", name="Tách").click()
    expect(page.locator(".caption-row")).to_have_count(5)
    expect(text).to_have_value("kinh tế số đạt ít nhất 30% GDP.")
    page.get_by_label("Kết thúc", exact=True).fill("0:19")
    expect(page.locator("[data-problem]")).to_contain_text("phải sau")
    page.get_by_label("Kết thúc", exact=True).fill("0:27,5")
    other = page.context.new_page()
    other.goto(page.url)
    other.locator(".caption-row").first.click()
    other.get_by_label("Người phát biểu").fill("Bí thư Tỉnh ủy")
    other.keyboard.press("Control+s")
    expect(other.locator("[data-state]")).to_have_text("Đã lưu.")
    other.close()
    page.keyboard.press("Control+s")
    conflict = page.locator("[data-conflict]")
    expect(conflict).to_contain_text("đã lưu một bản mới")
    opened.complaints.clear()  # Chromium reports the refusal; that was the point
    expect(text).to_have_value("kinh tế số đạt ít nhất 30% GDP.")
    album.take(page, "captions-conflict")
    page.get_by_role("button", name="Lưu bản của tôi").click()
    expect(page.locator("[data-state]")).to_have_text("Đã lưu.")
    expect(conflict).to_be_hidden()

    # Whoever leaves with something unsaved finds it again.
    text.fill("kinh tế số đạt tối thiểu 30% GDP.")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("button", name="Sửa tiếp").click()
    page.keyboard.press("Control+s")
    expect(page.locator("[data-state]")).to_have_text("Đã lưu.")

    with page.expect_download() as taken:
        page.get_by_role("link", name="WebVTT").click()
    kept = tmp_path / "phu-de.vtt"
    taken.value.save_as(kept)
    who = "Đồng chí Chủ tọa"
    assert parse(kept.read_bytes()) == [
        Cue(1_000, 7_000, SAID[0], who),
        Cue(8_000, 14_000, SAID[1], who),
        *parse(kept.read_bytes())[2:3],
        Cue(parse(kept.read_bytes())[2].end_ms, 27_500, "kinh tế số đạt tối thiểu 30% GDP.", who),
        Cue(41_000, 47_000, SAID[3], who),
    ]
    assert parse(kept.read_bytes())[2].text == "Đến năm 2030,"
    assert opened.complaints == []
    look_at_every_width(page, opened, album, product, replay=url, editor=page.url)
    page.context.close()
