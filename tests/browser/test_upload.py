"""Adding a recording made elsewhere, in Chromium: chosen, cut off in the middle, chosen again, watched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Album
from tests.browser.test_pages import complaints
from tests.support.browsers import browsers, sign_in
from tests.support.clips import film
from tests.support.product import ROOT, Product

PERSON = "chu-tri"
PLAY = """async video => {
  video.muted = true;
  await video.play();
  while (video.currentTime < 0.5) await new Promise(done => setTimeout(done, 50));
}"""


def make_session(product: Product) -> str:
    made = subprocess.run(
        [sys.executable, "-m", "tests.support.uploading", PERSON],
        cwd=ROOT,
        env=os.environ | {"DIEMCAU_DATA": str(product.data)},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return made.stdout.split()[-1]


def cut_off_after(page: Page, pieces: int) -> list[str]:
    """The network goes after so many pieces; the offsets of all that were sent."""
    offsets: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method != "PATCH":
            route.continue_()
            return
        offsets.append(route.request.headers["upload-offset"])
        if len(offsets) > pieces:
            route.abort("connectionfailed")
        else:
            route.continue_()

    page.route("**/tai-ban-ghi/*/tep/", answer)
    return offsets


def test_a_file_that_is_cut_off_goes_on_where_it_stopped_and_can_be_watched(
    chromium: str, product: Product, tmp_path: Path, album: Album
) -> None:
    session = make_session(product)
    path = film(tmp_path / "Phiên sáng.mp4")
    with path.open("ab") as file:  # two pieces: a box that says nothing (ISO/IEC 14496-12 §8.1.2)
        file.write((9 << 20).to_bytes(4, "big") + b"free" + os.urandom((9 << 20) - 8))
    with browsers(chromium) as opened:
        browser = opened.open()
        page = opened.page(browser)
        sign_in(page, product, PERSON)
        page.goto(f"{product.url}/phien/{session}/")
        page.get_by_role("link", name="Thêm bản ghi").click()
        assert complaints(page) == []
        first = cut_off_after(page, 1)
        page.set_input_files("#upload-file", str(path))
        expect(page.locator("[data-upload-note]")).to_contain_text("Mất kết nối")
        expect(page.get_by_role("button", name="Tạm dừng")).to_be_visible()
        album.take(page, "upload-cut-off")
        assert first[0] == "0"
        page.context.close()  # the browser is gone, with all that it knew

        opened.complaints.clear()  # it complains of the network
        page = opened.page(browser)
        sign_in(page, product, PERSON)
        page.goto(f"{product.url}/phien/{session}/tai-ban-ghi/")
        expect(page.get_by_text("chọn lại đúng tệp: Phiên sáng.mp4")).to_be_visible()
        other = tmp_path / "Khác.mp4"
        other.write_bytes(b"x")
        page.set_input_files("#upload-file", str(other))
        expect(page.get_by_role("alert")).to_contain_text("không phải là tệp đang gửi dở")
        again = cut_off_after(page, 99)
        page.set_input_files("#upload-file", str(path))
        watch = page.get_by_role("link", name="Xem lại phiên họp")
        expect(watch).to_be_visible(timeout=60_000)
        assert again == [str(8 << 20)], "only what was missing"
        assert complaints(page) == []
        watch.click()
        video = page.locator("hls-video")
        video.evaluate(PLAY)
        assert opened.complaints == []


def test_another_file_is_taken_where_one_was_refused(tmp_path: Path, product: Product, chromium: str) -> None:
    session = make_session(product)
    text, good = tmp_path / "Biên bản.mp4", film(tmp_path / "Phiên chiều.mp4")
    text.write_text("Biên bản hội nghị\n" * 50)
    with browsers(chromium) as opened:
        page = opened.page(opened.open())
        sign_in(page, product, PERSON)
        page.goto(f"{product.url}/phien/{session}/tai-ban-ghi/")
        page.set_input_files("#upload-file", str(text))
        expect(page.get_by_role("alert")).to_contain_text("nội dung là tệp văn bản", timeout=30_000)
        page.set_input_files("#upload-file", str(good))
        expect(page.get_by_role("link", name="Xem lại phiên họp")).to_be_visible(timeout=60_000)
        assert opened.complaints == []
