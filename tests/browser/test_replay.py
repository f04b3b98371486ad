"""Watching in Chromium where links soon end: from a moment on, through their end, and from the broadcast to the replay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.conftest import Album
from tests.browser.test_pages import complaints
from tests.support.broadcast import Feed
from tests.support.browsers import Browsers, visit
from tests.support.product import Product, running
from tests.support.seed import planted

PERSON = "dai-bieu"
LINK_S = 8
TOKEN = re.compile(r"/phat/([^/]+)/")


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product whose links to recordings are good for :data:`LINK_S`."""
    with running(planted(tmp_path_factory.mktemp("hasty")), DIEMCAU_PLAYBACK_LINK_S=str(LINK_S)) as product:
        yield product


@pytest.fixture
def page(opened: Browsers, browser: Browser, hasty: Product) -> Iterator[Page]:
    with visit(opened, browser, hasty, PERSON) as found:
        yield found


def at(page: Page) -> float:
    seconds: float = page.evaluate("document.querySelector('video').currentTime")
    return seconds


def reaches(page: Page, from_s: float, to_s: float) -> None:
    page.wait_for_function(
        "([from, to]) => { const {currentTime: at} = document.querySelector('video'); return at > from && at < to; }",
        arg=[from_s, to_s],
    )


def test_replay_when_its_links_end_goes_on(page: Page, hasty: Product, opened: Browsers, album: Album) -> None:
    ids = json.loads(hasty.helper("tests.support.replay", PERSON))
    answers: list[Response] = []
    page.on("response", lambda answer: TOKEN.search(answer.url) and answers.append(answer))
    page.goto(f"{hasty.url}/hoc-tap/xem-lai/{ids['replay']}/?t=0m40s")
    page.wait_for_function("() => Math.abs(document.querySelector('video')?.currentTime - 40) < 0.5")
    assert page.evaluate("document.querySelector('video').paused")
    expect(page.locator("[data-note]")).to_contain_text("Bắt đầu từ 00:40")

    page.keyboard.press("k")
    reaches(page, 40 + LINK_S + 1, 58)
    stale = answers[0].url
    page.locator("[data-chapters] button", has_text="Khai mạc").click()  # what was not loaded is loaded under another address
    reaches(page, 1, 15)
    tokens = {found[1] for answer in answers if (found := TOKEN.search(answer.url))}
    assert len(tokens) > 1
    assert [answer.url for answer in answers if answer.status == 403] == [], "none went out under an address that had ended"
    assert page.evaluate("url => fetch(url).then(answer => answer.status)", stale) == 403

    # As after sleep: they end, and for a while there are no others.
    page.route("**/lien-ket/", lambda route: route.abort())
    page.wait_for_timeout(1_000 * (LINK_S + 1))
    answers.clear()
    page.evaluate("document.querySelector('video').currentTime = 22")
    page.wait_for_timeout(1_500)
    assert [answer.status for answer in answers if answer.url.endswith(".m4s") and answer.status == 200] == []
    page.unroute("**/lien-ket/")
    reaches(page, 23, 30)
    opened.complaints.clear()  # Chromium reports the refused requests; that was the point

    # Who jumps while the picture comes back is not brought back to where they were; Space on a button only presses it.
    for moment_s in (45, 15):
        page.evaluate("at => { document.querySelector('video').currentTime = at; }", moment_s)
        page.evaluate(
            "() => { document.querySelector('[data-audio-only]').click();"
            " document.querySelectorAll('[data-chapters] button')[3].click(); }"
        )
        reaches(page, 36, 44)
    page.locator("media-playback-rate-menu-button").focus()
    page.keyboard.press("Space")
    expect(page.locator("media-playback-rate-menu")).to_be_visible()
    page.wait_for_function("() => document.activeElement?.localName === 'media-playback-rate-menu'")
    assert not page.evaluate("document.querySelector('video').paused")
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.activeElement?.localName === 'media-playback-rate-menu-button'")
    page.locator("#main").focus()

    page.keyboard.press("k")
    page.get_by_role("button", name="Chia sẻ").click()
    dialog = page.get_by_role("dialog", name="Chia sẻ bản ghi")
    dialog.get_by_label(re.compile("Bắt đầu từ 00:[34]")).check()
    shared = dialog.locator("#share-link").inner_text()
    assert shared == f"{hasty.url}/hoc-tap/xem-lai/{ids['replay']}/?t={int(at(page))}"
    page.wait_for_function("() => document.querySelector('[data-share-code]').naturalWidth > 0")
    album.take(page, "replay-share")
    assert complaints(page) == []
    opened.complaints.clear()  # axe sets styles itself

    page.goto(f"{hasty.url}/hoc-tap/xem-lai/{ids['replay']}/?t=99:99")
    expect(page.locator("[data-note]")).to_contain_text("Bản ghi này không có thời điểm “99:99”.")


def test_broadcast_when_it_ends_becomes_the_replay_in_the_same_page(
    page: Page, hasty: Product, opened: Browsers, album: Album, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ids = json.loads(hasty.helper("tests.support.broadcast", "begin", PERSON))
    page.goto(f"{hasty.url}/phien/{ids['session']}/")
    page.get_by_role("link", name="Xem trực tiếp qua trình duyệt").click()
    expect(page.get_by_text("tự bắt đầu tại đây")).to_be_visible()
    feed = Feed(tmp_path_factory.mktemp("made"), hasty.data / "recordings" / ids["recording"], 24)
    feed.add(12)  # the page begins by itself
    page.wait_for_function("() => document.querySelector('video')?.currentTime > 14")
    page.evaluate("window.isTheSamePage = true")
    live = page.locator("[data-live]")
    expect(live).to_contain_text("Trực tiếp")
    assert page.locator("[data-chapters]").count() == 0
    album.take(page, "broadcast")
    assert complaints(page) == []
    opened.complaints.clear()

    page.keyboard.press("0")  # back to the beginning
    reaches(page, 0, 6)
    expect(live).to_contain_text(re.compile("Chậm 00:[012]"))
    feed.add(2)
    live.click()
    page.wait_for_function("() => document.querySelector('video').currentTime > 16")
    expect(live).to_contain_text("Trực tiếp")

    feed.add(8, last=True)
    hasty.helper("tests.support.broadcast", "finish", ids["recording"], str(feed.duration_ms))
    expect(page.locator("[data-chapters]")).to_contain_text("Nhiệm vụ, giải pháp")
    expect(live).to_have_count(0)
    expect(page.locator(".breadcrumb [aria-current]")).to_have_text("Xem lại")
    expect(page.locator("#share-title")).to_have_text("Chia sẻ bản ghi")
    expect(page.locator("[data-watched-text]")).to_be_visible()
    assert page.evaluate("window.isTheSamePage")
    assert at(page) > 16
    page.locator("[data-chapters] button", has_text="Khai mạc").click()
    reaches(page, 1, 8)
    expect(page.locator("[data-watched-text]")).not_to_contain_text("Đã xem 0/")
    expect(page.locator("[data-chapter-name]")).to_have_text("Khai mạc")

    # The worker has made the smaller pictures meanwhile: they are offered without interrupting, and can be chosen then.
    note = page.locator("[data-note]")
    expect(note).to_contain_text("Đã có thêm các mức chất lượng hình", timeout=60_000)
    album.take(page, "replay-more-pictures")
    before = at(page)
    note.get_by_role("button", name="Dùng ngay").click()
    reaches(page, before, before + 10)
    page.wait_for_function("() => document.querySelector('[data-video]').api?.levels.length === 3")
    page.locator("media-rendition-menu-button").click()
    expect(page.locator("media-rendition-menu")).to_contain_text("480p")
    album.take(page, "replay-pictures-menu")
    page.locator("media-rendition-menu").get_by_text("240p").click()
    page.wait_for_function("() => document.querySelector('video').videoHeight === 240")
    expect(note).to_be_hidden()
