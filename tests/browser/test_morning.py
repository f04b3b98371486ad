"""One morning, end to end, in real browsers on the whole product: what this project is for.

The presenter gives the demonstration talk with its slides; a district listens, asks for the floor, speaks and yields; a delegate
follows alone. The chair runs it from the console, ends it, and the replay plays. The delegate takes the quiz, the module is done,
and the attendance workbook says who was there for how long.
"""

from __future__ import annotations

import io
import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
from playwright.sync_api import Locator, Page, expect

from deploy.demo import talk
from media.egress.layout import scene_of
from media.plane import Content, Program
from tests.browser.conftest import Album
from tests.support import fakemedia
from tests.support.browsers import Browsers, Picture, Sound, browsers, enter_room, listen, look, sign_in, until
from tests.support.product import Product
from tests.support.recording import Film, difference, likeness, loudest_hz
from training.quiz.domain.questions import Matching, MultipleChoice, Numeric, Question, SingleChoice, TrueFalse
from training.quiz.formats.gift import parse

RIGHT = Path(__file__).parents[2] / "deploy" / "demo" / "data" / "nq57_vi.gift"
AUDIBLE = -60.0
"""dBFS; the fake devices' tones arrive at about -20."""
MODULE = "Đột phá phát triển khoa học, công nghệ, đổi mới sáng tạo và chuyển đổi số"
SITE_NAME, DELEGATE_NAME, PRESENTER_NAME = "Huyện Hòn Đất", "Đỗ Thị Ánh Tuyết", "Nguyễn Thị Hạnh"


@dataclass
class Morning:
    """The people and their pages, and when (wall, s) things were seen to be so."""

    product: Product
    chair: Page
    presenter: Page
    site: Page
    delegate: Page
    session: str = ""
    seen_at: dict[str, float] = field(default_factory=dict)

    def mark(self, what: str) -> None:
        self.seen_at[what] = time.time()


def test_morning_from_signing_in_to_the_report(product: Product, chromium: str, album: Album) -> None:
    with browsers(chromium) as open_:
        morning = arrive(open_, product, album)
        begin(morning, album)
        present(morning, album)
        give_the_floor(morning, album)
        come_back(morning)
        end_and_replay(morning, album)
        recording_shows_what_was_sent(morning)
        renditions_are_made(morning, album)
        take_the_quiz(morning, album)
        attendance_is_right(morning, album)
        assert not open_.complaints


def arrive(open_: Browsers, product: Product, album: Album) -> Morning:
    """Everybody signs in, finds the conference on the home page, tests the devices, and goes in."""
    hall, district, desk = (
        open_.open(fakemedia.presenter(), loop=False),
        open_.open(fakemedia.site()),
        open_.open(fakemedia.delegate()),
    )
    morning = Morning(product, open_.page(desk), open_.page(hall), open_.page(district), open_.page(desk))
    for page, name in (
        (morning.chair, "chu-tri"),
        (morning.presenter, "bao-cao-vien"),
        (morning.site, "diem-cau"),
        (morning.delegate, "dai-bieu"),
    ):
        sign_in(page, product, name)
    album.take(morning.delegate, "home")
    room = morning.delegate.get_by_role("link", name="Vào hội nghị").first.get_attribute("href")
    assert room is not None
    address = f"{product.url}{room}"
    morning.session = room.strip("/").split("/")[-1]
    morning.presenter.goto(address)
    preview = until(lambda: look(morning.presenter, "preview"), lambda seen: seen.is_alive)
    assert preview.is_alive, preview
    album.take(morning.presenter, "prejoin")
    for page in (morning.presenter, morning.site, morning.delegate):
        enter_room(page, address)
    morning.mark("delegate came")
    morning.chair.goto(f"{address}dieu-hanh/")
    expect(morning.chair.get_by_test_id("link")).to_have_attribute("data-phase", "inside")
    return morning


def begin(morning: Morning, album: Album) -> None:
    """The chair starts; the presenter's picture and voice reach the district and the delegate."""
    morning.chair.get_by_role("button", name="Bắt đầu hội nghị").click()
    expect(morning.delegate.get_by_test_id("agenda-line")).to_contain_text("Chào cờ")  # the agenda begins by itself
    for page in (morning.site, morning.delegate):
        expect(page.get_by_text("Đang ghi")).to_be_visible()
        expect(page.get_by_test_id("speaker")).to_contain_text(PRESENTER_NAME)
        seen = watch(page)
        assert seen.is_alive, seen
        heard = hear(page)
        assert not heard.is_silent, heard.decibels
    morning.mark("talk seen")
    album.take(morning.delegate, "room-speaker")


def present(morning: Morning, album: Album) -> None:
    """The presenter shows the slides; every page that is turned is turned for everybody."""
    morning.presenter.locator(".present-deck").select_option(index=1)
    for wanted in (1, 2, 3):
        if wanted > 1:
            morning.presenter.keyboard.press("ArrowRight")
        for page in (morning.presenter, morning.site, morning.delegate):
            deck = page.get_by_test_id("deck")
            expect(deck).to_have_attribute("data-page", str(wanted))
            expect(deck).to_have_attribute("data-shown", re.compile(f"/{wanted}\\.png"))
    morning.chair.get_by_role("button", name=re.compile("^Bắt đầu: Chuyên đề")).first.click()
    expect(morning.delegate.get_by_test_id("agenda-line")).to_contain_text("Chuyên đề")
    time.sleep(3)  # so that the recording has some seconds of this page
    morning.mark("page 3")
    morning.delegate.get_by_placeholder("Nhắn cho mọi người…").fill("Chào toàn thể hội nghị.")
    morning.delegate.get_by_role("button", name="Gửi").click()
    expect(morning.chair.locator("body")).to_be_visible()
    expect(morning.presenter.get_by_test_id("chat-all")).to_contain_text("Chào toàn thể hội nghị.")
    album.take(morning.delegate, "room")


def give_the_floor(morning: Morning, album: Album) -> None:
    """The district asks, is granted, is seen and heard by all, and yields. Who has no floor is never heard."""
    device, silent = fakemedia.site(), fakemedia.delegate()
    assert device.colour is not None and device.tone_hz is not None and silent.tone_hz is not None
    morning.site.get_by_role("button", name="Đăng ký phát biểu").click()
    expect(morning.delegate.get_by_test_id("queue")).to_contain_text(SITE_NAME)
    album.take(morning.chair, "console")
    morning.chair.get_by_role("button", name=f"Mời {SITE_NAME} phát biểu").click()
    morning.mark("floor granted")
    for page in (morning.presenter, morning.delegate):
        expect(page.get_by_test_id("speaker")).to_contain_text(SITE_NAME)
        seen = watch(page, device.colour)
        assert seen.is_alive and seen.looks_like(device.colour), seen
    assert hear(morning.presenter, device.tone_hz).level_at(device.tone_hz) > AUDIBLE
    morning.presenter.get_by_test_id("microphone").click()  # speech has all tones in it
    heard = until(lambda: listen(morning.delegate), lambda sound: sound.level_at(silent.tone_hz) < AUDIBLE)
    assert heard.level_at(device.tone_hz) > AUDIBLE > heard.level_at(silent.tone_hz)
    morning.presenter.get_by_test_id("microphone").click()
    morning.mark("district seen")
    album.take(morning.site, "room-site")
    morning.site.get_by_role("button", name="Kết thúc phát biểu").click()
    expect(morning.delegate.get_by_test_id("speaker")).to_contain_text(PRESENTER_NAME)
    morning.mark("floor yielded")
    assert watch(morning.delegate).is_alive


def come_back(morning: Morning) -> None:
    """A page that is loaded again is in its seat again, at once, without asking; a second tab is told so."""
    morning.delegate.reload()
    expect(morning.delegate.get_by_test_id("link")).to_have_attribute("data-phase", "inside")
    expect(morning.delegate.get_by_test_id("deck")).to_have_attribute("data-page", "3")
    assert watch(morning.delegate).is_alive
    second = morning.delegate.context.new_page()
    second.goto(morning.delegate.url)
    second.locator("[data-testid=enter]:not([disabled])").click()
    expect(second.get_by_role("heading", name="Đồng chí đang mở hội nghị ở cửa sổ khác")).to_be_visible()
    second.close()
    expect(morning.delegate.get_by_test_id("link")).to_have_attribute("data-phase", "inside")


def end_and_replay(morning: Morning, album: Album) -> None:
    """The chair ends; the delegate goes on to the replay, which plays."""
    morning.chair.get_by_role("button", name="Kết thúc hội nghị").click()
    morning.chair.get_by_role("dialog").get_by_role("button", name="Kết thúc hội nghị").click()
    morning.mark("ended")
    morning.delegate.get_by_test_id("replay").click(timeout=60_000)
    video = morning.delegate.locator("video").first
    video.wait_for(state="attached")
    morning.delegate.wait_for_function("() => document.querySelector('video').readyState > 0")  # or loading would end the play
    morning.delegate.evaluate("() => document.querySelector('video').play()")
    morning.delegate.wait_for_function("() => document.querySelector('video').currentTime > 3")
    state = morning.delegate.evaluate(
        "() => { const v = document.querySelector('video'); return [v.videoWidth, v.duration, v.error && v.error.code] }"
    )
    assert state[0] >= 640 and state[2] is None
    lasted = morning.seen_at["ended"] - morning.seen_at["talk seen"]
    assert state[1] > lasted
    expect(morning.delegate.get_by_text("Chuyên đề: Nội dung cốt lõi của Nghị quyết số 57-NQ/TW").first).to_be_visible()
    album.take(morning.delegate, "replay")


def recording_shows_what_was_sent(morning: Morning) -> None:
    """Picture and sound of the recording, decoded here, against the talk, the slide, and the district's colour and pitch."""
    folder = next((morning.product.data / "recordings").iterdir())
    status = json.loads((folder / "recording.json").read_text())
    assert status["state"] == "done"
    film = Film(folder / "hls" / "index.m3u8")
    assert abs(film.duration_s - status["duration_ms"] / 1000) < 0.5

    def offset(what: str) -> float:
        return morning.seen_at[what] - status["zero_ms"] / 1000

    slide = next((morning.product.data / "uploads" / "decks").rglob("3.png"))
    program = Program(seq=1, at_ms=0, state="live", title="", speaker="x", content=Content(kind="deck", image=str(slide)))
    scene = scene_of(program, 1280, 720, 0)
    assert scene.page is not None
    box = scene.page.box.fitted(16, 9)
    camera = scene.pictures[0].box
    shown = film.frame(offset("page 3"))
    assert difference(shown, slide, (box.x, box.y, box.width, box.height)) < 6
    device = fakemedia.site()
    assert device.colour is not None and device.tone_hz is not None
    district = film.frame(offset("district seen"))[camera.y : camera.y + camera.height, camera.x : camera.x + camera.width]
    assert all(abs(a - b) < 40 for a, b in zip(district.mean(axis=(0, 1)), device.colour, strict=True))

    spoken = film.sound(offset("talk seen") - 6, offset("talk seen"))
    assert likeness(spoken, Film(talk.SOUND).sound()) > 0.75
    said = film.sound(offset("district seen") - 3, offset("district seen"))
    assert likeness(said, Film(device.audio).sound(0, 6)) > 0.5 or abs(loudest_hz(said) - device.tone_hz) < 15


def renditions_are_made(morning: Morning, album: Album) -> None:
    """The worker makes the smaller picture, the sound alone, the poster and the file to download; the page says so."""
    folder = next((morning.product.data / "recordings").iterdir())
    page = morning.chair.context.new_page()
    page.goto(morning.delegate.url)
    album.take(page, "replay-renditions", whole=True)
    deadline = time.monotonic() + 180
    names = ("480p/index.m3u8", "240p/index.m3u8", "audio/index.m3u8", "thumbs/index.vtt", "poster.jpg", "video.mp4")
    wanted = [folder / name for name in names]
    while not all(path.exists() for path in wanted):
        assert time.monotonic() < deadline, [path.name for path in wanted if not path.exists()]
        time.sleep(1)
    whole = json.loads((folder / "recording.json").read_text())["duration_ms"] / 1000
    assert abs(Film(folder / "video.mp4").duration_s - whole) < 0.5
    assert abs(Film(folder / "240p" / "index.m3u8").duration_s - whole) < 0.5
    assert Film(folder / "240p" / "index.m3u8").frame(1.0).shape[0] == 240
    page.close()


def take_the_quiz(morning: Morning, album: Album) -> None:
    """The delegate answers the twelve questions, is graded, and the module is done."""
    page = morning.delegate
    page.goto(f"{morning.product.url}/hoc-tap/")
    page.locator("main a.card", has_text=MODULE).click()
    module = page.url
    page.get_by_role("link", name=re.compile("Trắc nghiệm")).first.click()
    page.get_by_role("button", name="Bắt đầu làm bài").click()
    right = {question.text.text: question for question in parse(RIGHT.read_bytes())}
    questions = page.locator("[data-question]")
    expect(questions).to_have_count(12)
    for index in range(12):
        answer(questions.nth(index), right)
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu")
    album.take(page, "quiz")
    page.reload()  # what was saved is there again
    expect(page.locator("[data-answered]")).to_have_text("12")
    page.locator("[data-submit]").click()
    page.locator("[data-hand-in]").click()
    expect(page.get_by_role("heading", name="Đạt")).to_be_visible()
    expect(page.locator(".result")).to_contain_text("12/12")
    album.take(page, "quiz-result")
    page.goto(module)
    expect(page.locator(".module-progress")).to_contain_text("Đã hoàn thành")
    album.take(page, "module")


def attendance_is_right(morning: Morning, album: Album) -> None:
    """The workbook has the delegate's minutes as they were lived through here."""
    page = morning.chair.context.new_page()
    page.goto(f"{morning.product.url}/phien/{morning.session}/diem-danh/?trang-thai=online")
    expect(page.locator("#roll")).to_contain_text(DELEGATE_NAME)
    album.take(page, "attendance")
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Excel")).click()
    book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert book.sheetnames[:2] == ["Chi tiết", "Theo điểm cầu"]
    sheet = book["Chi tiết"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(row for row in rows if "Họ và tên" in row)
    column = {name: index for index, name in enumerate(head)}
    person = next(row for row in rows if row[column["Họ và tên"]] == DELEGATE_NAME)
    lived = (morning.seen_at["ended"] - morning.seen_at["delegate came"]) / 60
    minutes = person[column["Phút"]]
    # Counted from going live (the session's required time), which is some seconds after the delegate came.
    assert lived - 0.5 < minutes < lived + 0.1, (minutes, lived)
    assert person[column["Trạng thái"]] == "Có mặt trực tuyến"
    assert person[column["Giờ vào"]] <= person[column["Giờ ra"]]
    page.close()


def watch(page: Page, colour: tuple[int, int, int] | None = None) -> Picture:
    return until(lambda: look(page), lambda seen: seen.is_alive and (colour is None or seen.looks_like(colour)))


def hear(page: Page, hertz: int | None = None) -> Sound:
    return until(lambda: listen(page), lambda heard: not heard.is_silent and (hertz is None or heard.level_at(hertz) > AUDIBLE))


def answer(field: Locator, right: dict[str, Question]) -> None:
    """Give the right answer to one question of the attempt page, as the quiz file has it."""
    body = right[field.locator(".question-text").inner_text().strip()].body
    match body:
        case SingleChoice(options=options) | MultipleChoice(options=options):
            for option in options:
                if option.weight > 0:
                    field.get_by_text(option.text.text, exact=True).click()
        case TrueFalse(right=yes):
            field.get_by_text("Đúng" if yes else "Sai", exact=True).click()
        case Numeric(answers=answers):
            field.locator("input").fill(str(answers[0].value))
            field.locator("input").press("Tab")
        case Matching(pairs=pairs):
            for pair in pairs:
                field.get_by_label(pair.stem.text, exact=True).select_option(label=pair.match)
        case _:
            raise AssertionError(f"the test does not know how to answer {type(body).__name__}")
