"""What people type into the form of a clip, right and wrong: told beside the field, and kept; and what waits on home pages."""

from __future__ import annotations

import html
import re
import unicodedata
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from core.errors import Invalid
from core.home import TodoCard
from media.captions.domain.cues import Cue
from media.captions.models import CaptionVersion
from media.captions.services import add_track
from media.clips import services
from media.clips.home import cards
from media.clips.models import Clip
from media.clips.services import CutValues
from media.clips.shapes import Shape
from media.models import Recording
from people.models import User
from people.permissions import Role
from tests.factories.conference import make_user
from tests.factories.media import Roles, make_recording, write_status

pytestmark = pytest.mark.django_db
FORM = {"title": "Điểm nhấn", "start_ms": "0:00:01.000", "end_ms": "0:00:15.960", "shape": "9x16", "with_card": "on"}
TIME, EMPTY = "giờ:phút:giây", "Đồng chí chưa nhập ô này."
NO_TIMES = (
    "99:99", "0:61:00", "1:60", "abc", "-5", "1:2:3:4", "0:00:01.0005", "😀", "<b>1:00</b>", "1" * 10_000, "1e3", "0:00:10 giờ",
)  # fmt: skip
BEYOND, LENGTH, REVERSED = "chọn thời điểm nằm trong bản ghi", "từ 10 giây đến 10 phút", "Điểm cuối phải ở sau điểm đầu."


@pytest.fixture
def maker(roles: Roles) -> User:
    return roles.give(make_user("Trần Văn Bình"), Role.SECRETARY)


@pytest.fixture
def recording(data_dir: Path) -> Recording:
    """Of twenty minutes."""
    recording = make_recording(public_id="rec2345678", state=Recording.State.DONE, duration_ms=1_200_000)
    write_status(recording, duration_ms=1_200_000)
    return recording


def beside(page: str, field: str) -> str:
    """What stands as an error beside a field, as people read it."""
    found = re.search(rf'<div id="id_{field}_error">(.*?)</div>', page, re.DOTALL)
    return html.unescape(" ".join(re.sub("<[^>]*>", " ", found[1]).split())) if found else ""


def kept(page: str, field: str) -> str:
    """What stands in a field of text."""
    found = re.search(rf'<input[^>]*name="{field}"[^>]*>', page)
    assert found, field
    value = re.search(r'value="([^"]*)"', found[0])
    return html.unescape(value[1]) if value else ""


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("title", "", EMPTY),
        ("title", "   ", EMPTY),
        ("title", "Đ" * 121, "hiện có 121"),
        ("title", "x" * 10_000, "hiện có 10000"),
        ("title", "😀🎉", "bằng chữ"),
        ("title", "... - !", "bằng chữ"),
        ("title", "\u200b\u202e", EMPTY),
        ("title", "\u3164\u2060\ufeff", EMPTY),
        ("title", "\u200b!\u202e", "bằng chữ"),
        ("start_ms", "", EMPTY),
        ("end_ms", "", EMPTY),
        *((field, typed, TIME) for field in ("start_ms", "end_ms") for typed in NO_TIMES),
        ("start_ms", "0:20:01", BEYOND),
        ("end_ms", "9:00:00", BEYOND),
        ("end_ms", "0:20:00.001", BEYOND),
        ("end_ms", "999999", BEYOND),
        ("end_ms", "0:00:00.5", REVERSED),
        ("end_ms", "0:00:01", REVERSED),
        ("end_ms", "0:00:05", LENGTH),
        ("end_ms", "0:00:10.959", LENGTH),
        ("end_ms", "0:11:01", LENGTH),
        ("shape", "4x3", "một trong ba khuôn hình"),
        ("shape", "", "một trong ba khuôn hình"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_everything_typed_is_kept(
    client: Client, recording: Recording, maker: User, field: str, typed: str, told: str
) -> None:
    client.force_login(maker)
    sent = FORM | {field: typed}
    answer = client.post(reverse("clips:index", args=[recording.public_id]), sent)
    page = answer.content.decode()
    assert answer.status_code == 200 and not Clip.objects.exists()
    assert told in beside(page, field)
    assert [name for name in FORM if name != field and beside(page, name)] == [], "the other fields are well"
    for name in ("title", "start_ms", "end_ms"):
        assert kept(page, name) == sent[name]
    assert bool(re.search('<input[^>]*value="9x16"[^>]* checked', page)) == (field != "shape")
    assert "<b>1:00</b>" not in page, "what is typed is no markup"
    if field != "shape":
        assert re.search(rf'<input[^>]*name="{field}"[^>]*aria-invalid="true"', page)
        assert re.search(rf'<input[^>]*name="{field}"[^>]*aria-describedby="[^"]*id_{field}_error', page)


def test_everything_that_is_wrong_is_told_at_once(client: Client, recording: Recording, maker: User) -> None:
    client.force_login(maker)
    sent = FORM | {"title": "", "end_ms": "0:00:02"}
    page = client.post(reverse("clips:index", args=[recording.public_id]), sent).content.decode()
    assert beside(page, "title") and LENGTH in beside(page, "end_ms")
    sent = FORM | {"start_ms": "x", "end_ms": "9:00:00"}
    page = client.post(reverse("clips:index", args=[recording.public_id]), sent).content.decode()
    assert TIME in beside(page, "start_ms") and BEYOND in beside(page, "end_ms")


@pytest.mark.parametrize("field", FORM)
def test_a_nul_is_refused_before_it_reaches_the_database(client: Client, recording: Recording, maker: User, field: str) -> None:
    client.force_login(maker)
    answer = client.post(reverse("clips:index", args=[recording.public_id]), FORM | {field: f"{FORM[field]}\0"})
    assert (answer.status_code, Clip.objects.count()) == (400, 0)


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("  Điểm   nhấn\n 2026 ", "Điểm nhấn 2026"),
        (unicodedata.normalize("NFD", "Đột phá ở xã Mỹ Hòa"), "Đột phá ở xã Mỹ Hòa"),
        ("Chúc mừng 🎉", "Chúc mừng 🎉"),
        ("Cô giáo 👩\u200d🏫 \u2764\ufe0f\u200d🔥", "Cô giáo 👩\u200d🏫 \u2764\ufe0f\u200d🔥"),
        ("\u202eĐiểm\u200b nh\u200dấn\u2066 \ufeff2026\u00ad\u3164", "Điểm nhấn 2026"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Đ" * 120, "Đ" * 120),
    ],
)
def test_a_title_is_one_line_and_never_markup(client: Client, recording: Recording, maker: User, typed: str, title: str) -> None:
    client.force_login(maker)
    index = reverse("clips:index", args=[recording.public_id])
    answer = client.post(index, FORM | {"title": typed, "then": "keep"})
    clip = Clip.objects.get()
    assert (answer.status_code, clip.title, clip.state) == (302, title, Clip.State.DRAFT)
    for address in (index, reverse("clips:detail", args=[clip.public_id]), reverse("clips:edit", args=[clip.public_id])):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page and html.escape(title) in page


@pytest.mark.parametrize(
    ("start", "end", "cut"), [("1", "15,96", (1_000, 15_960)), ("0:01", "10:00.96", (1_000, 600_960)), ("0", "20:00", None)]
)
def test_moments_are_read_as_people_write_them(
    client: Client, recording: Recording, maker: User, start: str, end: str, cut: tuple[int, int] | None
) -> None:
    client.force_login(maker)
    client.post(reverse("clips:index", args=[recording.public_id]), FORM | {"start_ms": start, "end_ms": end, "then": "keep"})
    assert list(Clip.objects.values_list("start_ms", "end_ms")) == ([cut] if cut else [])


def say(recording: Recording, maker: User, language: str, *cues: Cue) -> None:
    add_track(recording=recording, language=language, label="", cues=cues, how=CaptionVersion.How.UPLOADED, by=maker)


@pytest.mark.parametrize(
    ("language", "text", "letters"),
    [("km", "ការផ្លាស់ប្តូរឌីជីថល", "ក ◌ា រ"), ("zh", "数字化转型。", "数 字 化 转 型"), ("jra", "Ơi adơi ayong, anŏ ƀing", "ŏ ƀ")],
)
def test_captions_that_no_picture_can_show_are_told_on_the_form_and_refused(
    client: Client, recording: Recording, maker: User, language: str, text: str, letters: str
) -> None:
    say(recording, maker, language, Cue(1_000, 9_000, text))
    client.force_login(maker)
    index = reverse("clips:index", args=[recording.public_id])
    page = client.get(index).content.decode()
    told = re.search(r'<div class="field-help" id="id_with_captions_helptext">(.*?)</div>', page)
    assert told and letters in told[1] and "không kèm phụ đề" in told[1]
    assert re.search('<input[^>]*name="with_captions"[^>]*aria-describedby="id_with_captions_helptext"', page)
    for then in ("make", "keep"):
        page = client.post(index, FORM | {"with_captions": "on", "then": then}).content.decode()
        assert letters in beside(page, "with_captions") and "không kèm phụ đề" in beside(page, "with_captions")
        assert page.count("không kèm phụ đề") == 1 and not Clip.objects.exists()
    assert client.post(index, FORM).status_code == 302 and Clip.objects.get().state == Clip.State.QUEUED
    say(recording, maker, "vi", Cue(1_000, 9_000, "Chuyển đổi số 🎉"))
    assert "id_with_captions_helptext" not in client.get(index).content.decode()
    assert client.post(index, FORM | {"with_captions": "on"}).status_code == 302


def test_only_the_captions_within_the_cut_count(client: Client, recording: Recording, maker: User) -> None:
    say(recording, maker, "vi", Cue(1_000, 9_000, "Chuyển đổi số"), Cue(16_000, 19_000, "tiếng Trung: <b>数字</b>"))
    client.force_login(maker)
    index = reverse("clips:index", args=[recording.public_id])
    assert "như 数 字 không" in client.get(index).content.decode(), "as another cut may hold them"
    assert client.post(index, FORM | {"with_captions": "on"}).status_code == 302
    assert "数 字" in beside(
        client.post(index, FORM | {"with_captions": "on", "end_ms": "0:00:16"}).content.decode(), "with_captions"
    )


def test_a_draft_is_not_made_with_captions_that_were_changed_meanwhile(client: Client, recording: Recording, maker: User) -> None:
    values = CutValues("Điểm nhấn", 1_000, 11_000, Shape.WIDE, with_card=False, with_captions=True)
    clip = services.create_clip(recording=recording, values=values, by=maker)
    say(recording, maker, "km", Cue(1_000, 9_000, "ការផ្លាស់ប្តូរ"))
    client.force_login(maker)
    page = client.post(reverse("clips:make", args=[clip.public_id]), follow=True).content.decode()
    clip.refresh_from_db()
    assert clip.state == Clip.State.DRAFT and "không kèm phụ đề" in page
    with pytest.raises(Invalid) as refused:
        services.queue_clip(clip=clip, by=maker)
    assert refused.value.code == "clip.no_letters"


def test_what_waits_stands_on_the_home_page_of_who_may_decide(
    client: Client, recording: Recording, maker: User, roles: Roles
) -> None:
    second, editor = roles.give(make_user("Lê Thị Chi"), Role.CHAIR), roles.give(make_user("Đỗ Văn An"), Role.SECRETARY)
    technician, stranger = roles.give(make_user(), Role.TECHNICIAN), make_user()
    values = CutValues("Điểm nhấn", 1_000, 11_000, Shape.WIDE, with_card=False, with_captions=False)
    clip = services.create_clip(recording=recording, values=values, by=maker)
    services.edit_clip(clip=clip, values=values, by=editor)
    services.edit_clip(clip=clip, values=values, by=maker)
    services.queue_clip(clip=clip, by=maker)
    people = (maker, second, editor, technician, stranger)
    assert [cards(person).todo for person in people] == [()] * 5, "nothing is asked before there is something to watch"
    claim = services.CLIPS.claim(public_id=clip.public_id)
    assert claim and services.finish_clip(claim=claim, digest="d", size=1, duration_ms=10_000)
    clip.refresh_from_db()
    assert [len(cards(person).todo) for person in people] == [0, 1, 0, 0, 0], "whoever had a hand in it does not decide"
    client.force_login(second)
    page = client.get("/").content.decode()
    assert "chờ đồng chí duyệt" in page and reverse("clips:detail", args=[clip.public_id]) in page
    services.return_clip(clip=clip, reason="Cắt sớm hơn một câu", by=second)
    assert [len(cards(person).todo) for person in people] == [1, 0, 0, 0, 0]
    (card,) = cards(maker).todo
    assert isinstance(card, TodoCard) and "Cắt sớm hơn một câu" in card.note


@pytest.mark.parametrize(
    ("typed", "told"),
    [("x" * 501, "hiện có 501"), ("Đ " * 5_000, "hiện có 9999"), ("", EMPTY), (" \n\u200b", EMPTY)],
)
def test_a_reason_that_is_refused_is_told_beside_it_and_kept(
    client: Client, recording: Recording, maker: User, roles: Roles, typed: str, told: str
) -> None:
    clip = made(recording, maker)
    client.force_login(roles.give(make_user("Lê Thị Chi"), Role.CHAIR))
    answer = client.post(reverse("clips:return", args=[clip.public_id]), {"reason": typed})
    page = answer.content.decode()
    assert answer.status_code == 200 and told in beside(page, "reason")
    field = re.search(r'<textarea[^>]*name="reason"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert field and html.unescape(field[1]).strip() == typed.strip() and 'aria-invalid="true"' in field[0]
    assert "maxlength" not in field[0], "a browser would cut off what is pasted, and say nothing"
    clip.refresh_from_db()
    assert (clip.state, clip.reason) == (Clip.State.READY, "")
    with pytest.raises(Invalid):
        services.return_clip(clip=clip, reason=typed, by=roles.give(make_user(), Role.SECRETARY))


def test_a_reason_of_500_letters_is_kept_whole(client: Client, recording: Recording, maker: User, roles: Roles) -> None:
    clip = made(recording, maker)
    client.force_login(roles.give(make_user("Lê Thị Chi"), Role.CHAIR))
    answer = client.post(reverse("clips:return", args=[clip.public_id]), {"reason": "Đ" * 250 + " \r\n\u202e" + "n" * 249})
    clip.refresh_from_db()
    assert (answer.status_code, clip.state, clip.reason) == (302, Clip.State.RETURNED, "Đ" * 250 + " " + "n" * 249)


def made(recording: Recording, maker: User) -> Clip:
    """A clip that waits for approval."""
    values = CutValues("Điểm nhấn", 1_000, 11_000, Shape.WIDE, with_card=False, with_captions=False)
    clip = services.create_clip(recording=recording, values=values, by=maker)
    services.queue_clip(clip=clip, by=maker)
    claim = services.CLIPS.claim(public_id=clip.public_id)
    assert claim and services.finish_clip(claim=claim, digest="d", size=1, duration_ms=10_000)
    clip.refresh_from_db()
    return clip
