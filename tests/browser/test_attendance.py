"""Attendance in Chromium: the roll and its evidence for the chair, a room's marks by its operator, the workbook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from deploy.demo.ids import demo_id
from tests.browser.conftest import Album
from tests.browser.test_pages import complaints
from tests.support.browsers import Browsers, browsers, sign_in
from tests.support.product import Product

SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 800}, "hall": {"width": 1920, "height": 1080}}
ROLL = f"/phien/{demo_id('session')}/diem-danh/"
PATIENT_MS = 60_000


@pytest.fixture(scope="module")
def opened(chromium: str) -> Iterator[Browsers]:
    with browsers(chromium) as running:
        yield running


def page_of(opened: Browsers, product: Product, who: str, *, size: str = "desk", dark: bool = False) -> Page:
    page = opened.page(opened.open(), size=SIZES[size], dark=dark)
    page.set_default_timeout(PATIENT_MS)
    sign_in(page, product, who)
    opened.complaints.clear()
    return page


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_attendance_pages_are_accessible_and_fit(opened: Browsers, product: Product, album: Album, size: str, dark: bool) -> None:
    page = page_of(opened, product, "chu-tri", size=size, dark=dark)
    for name, path in {"roll": ROLL, "roll-sites": f"{ROLL}?xem=diem-cau", "roll-room": f"{ROLL}phong/"}.items():
        page.goto(product.url + path)
        page.evaluate("document.fonts.ready")
        album.take(page, f"{name}-{SIZES[size]['width']}-{'dark' if dark else 'light'}")
        assert (name, complaints(page)) == (name, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"], name
    assert opened.complaints == []
    page.context.close()


def test_operator_marks_the_room_and_the_chair_sees_who_said_so(opened: Browsers, product: Product, tmp_path: Path) -> None:
    operator = page_of(opened, product, "diem-cau")
    operator.goto(product.url + f"/phien/{demo_id('session')}/")
    operator.get_by_role("link", name="Điểm danh người trong phòng").click()
    operator.get_by_label("Số người đếm được").fill("17")
    boxes = operator.get_by_role("checkbox")
    name = operator.locator("fieldset.choices .strong").first.inner_text()
    boxes.first.check()
    operator.get_by_role("button", name="Lưu").click()
    expect(operator.get_by_text("Đã lưu: thay đổi 1 lượt điểm danh.")).to_be_visible()
    expect(operator.get_by_role("checkbox").first).to_be_checked()

    chair = page_of(opened, product, "chu-tri")
    chair.goto(f"{product.url}{ROLL}?xem=diem-cau")
    expect(chair.get_by_role("row", name="Huyện Hòn Đất")).to_contain_text("Đã đếm 17 người")
    chair.get_by_role("link", name="Theo người").click()
    chair.get_by_role("searchbox").fill(name)
    chair.get_by_role("button", name="Lọc").click()
    chair.get_by_role("link", name=name).click()
    dialog = chair.get_by_role("dialog", name=name)
    expect(dialog).to_contain_text("Điểm danh có mặt, tính từ khi phòng kết nối")
    expect(dialog).to_contain_text("Huỳnh Văn Lộc")
    assert complaints(chair) == []
    chair.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    with chair.expect_download() as download:
        chair.get_by_role("link", name="Xuất Excel").click()
    file = tmp_path / "roll.xlsx"
    download.value.save_as(file)
    people, sites = load_workbook(file).worksheets
    assert people.max_row == 5 + 304
    assert next(row for row in sites.iter_rows(values_only=True) if row[1] == "Huyện Hòn Đất")[5] == 17
    assert opened.complaints == []
