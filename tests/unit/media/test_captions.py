"""Captions as files: what is understood, what is refused and where, and that nothing is lost on the way there and back."""

from __future__ import annotations

import codecs
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from media.captions.domain.cues import MAX_CUES, MAX_MS, MAX_SPEAKER, MAX_TEXT, Cue, checked, clean_speaker, clean_text, in_order
from media.captions.domain.formats import BAD_END, BAD_TIMES, NO_TIMES, TOO_LONG, Broken, parse, to_subrip, to_webvtt
from media.captions.domain.languages import tidy_tag
from media.captions.domain.markup import MAX_PAYLOAD

VTT = """WEBVTT - Phiên buổi sáng
Kind: captions

STYLE
::cue { color: yellow }

REGION
id:fred

NOTE Bản gỡ băng của Văn phòng Tỉnh ủy,
gồm hai dòng.

mo-dau
00:00:01.500 --> 00:00:04.000 align:start position:10%
<v.loud Đồng chí Chủ tọa>Kính thưa <i>các đồng chí</i>,
hôm nay chúng ta quán triệt Nghị quyết&nbsp;57.

00:05.000 --> 00:07,250
Xin mời &lt;báo cáo viên&gt; A&amp;B <nghe không rõ>
"""
SRT = """1
00:00:01,500 --> 00:00:04,000
{\\an8}<font color="#fff">Kính thưa các đồng chí</font>

2
00:00:05,000 --> 00:00:07,250
Kinh tế số đến năm 2030
đạt tối thiểu 30% GDP.
3
0:0:8 --> 0:0:9,5
Không có dòng trống ở trên.
"""


def mistakes(text: str) -> list[tuple[int, str]]:
    with pytest.raises(Broken) as refused:
        parse(text.encode())
    assert refused.value.code == "captions.broken"
    return [(problem.line, problem.message) for problem in refused.value.problems]


def code(data: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        parse(data)
    return refused.value.code


def test_webvtt_with_all_that_it_may_hold_becomes_plain_text() -> None:
    assert parse(VTT.encode()) == [
        Cue(
            1_500, 4_000, "Kính thưa các đồng chí,\nhôm nay chúng ta quán triệt Nghị quyết\u00a057.", "Đồng chí Chủ tọa"
        ),
        Cue(5_000, 7_250, "Xin mời <báo cáo viên> A&B <nghe không rõ>"),
    ]  # fmt: skip


def test_srt_with_loose_times_and_a_missing_empty_line_is_understood() -> None:
    assert parse(SRT.encode()) == [
        Cue(1_500, 4_000, "Kính thưa các đồng chí"),
        Cue(5_000, 7_250, "Kinh tế số đến năm 2030\nđạt tối thiểu 30% GDP."),
        Cue(8_000, 9_500, "Không có dòng trống ở trên."),
    ]


@pytest.mark.parametrize("source", [VTT, SRT])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"), (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "utf-16-le"), (b"", "utf-16-be"),
    ],
)  # fmt: skip
def test_marks_encodings_and_line_ends_make_no_difference(source: str, end: str, mark: bytes, encoding: str) -> None:
    assert parse(mark + source.replace("\n", end).encode(encoding)) == parse(source.encode())


def test_windows_1258_is_told_by_its_vietnamese_letters_and_others_are_refused() -> None:
    # Windows-1258 has letters with their marks beside them: "ế" is "ê" and an acute.
    data = "1\n00:01,000 --> 00:02,000\nNghi\u0323 quyê\u0301t vê\u0300 đô\u0323t pha\u0301\n".encode("cp1258")
    assert parse(data)[0].text == "Nghị quyết về đột phá"
    assert code("1\n00:01,000 --> 00:02,000\nGarçon français\n".encode("cp1252")) == "captions.encoding"
    assert code(codecs.BOM_UTF8 + b"\xff\xfe\xfd") == "captions.encoding"
    assert code(codecs.BOM_UTF16_LE + b"1\x00\x00\xd8") == "captions.encoding"


def test_cues_that_overlap_or_stand_in_disorder_are_sorted() -> None:
    text = "WEBVTT\n\n00:05.000 --> 00:09.000\nhai\n\n00:01.000 --> 00:06.000\nmột\n\n00:05.000 --> 00:06.000\nxen vào\n"
    assert [cue.text for cue in parse(text.encode())] == ["một", "xen vào", "hai"]


def test_every_mistake_is_told_with_its_line_and_nothing_is_taken() -> None:
    text = (
        "WEBVTT\n\n00:02.000 --> 00:01.000\nngược\n\n00:02.000 --> 00:02.000\nkhông dài\n\n-00:01.000 --> 00:02.000\nâm\n\n"
        "00:61.000 --> 01:02.000\nsáu mươi mốt giây\n\n00:01.000 -- > 00:02.000\nmũi tên hỏng\n\n"
        f"00:01.000 --> 00:03.000\n{'á' * (MAX_TEXT + 1)}\n\n00:01.000 -->\nthiếu\n\n00:01.000 --> 00:02.000\nđúng\n"
    )
    assert mistakes(text) == [
        (3, BAD_END), (6, BAD_END), (9, BAD_TIMES), (12, BAD_TIMES), (15, NO_TIMES), (18, TOO_LONG), (21, BAD_TIMES),
    ]  # fmt: skip


def test_text_after_an_empty_line_is_not_thrown_away_silently() -> None:
    assert mistakes("1\n00:01,000 --> 00:02,000\nmột\n\nhai\n\n2\n00:03,000 --> 00:04,000\nba\n") == [(5, NO_TIMES)]


def test_what_holds_no_captions_or_too_many_is_refused() -> None:
    assert code(b"") == "captions.empty"
    assert code(b"WEBVTT\n\nNOTE\nonly a note\n") == "captions.empty"
    assert code(b"x" * (2 * 1024 * 1024 + 1)) == "captions.too_large"
    line = b"1:00 --> 1:01\na\n\n"
    assert len(parse(line * MAX_CUES)) == MAX_CUES
    assert code(line * (MAX_CUES + 1)) == "captions.too_many"


def test_a_second_voice_in_a_cue_is_named_before_its_words() -> None:
    cue = parse(
        b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v An>Xin m\xe1\xbb\x9di.</v>\n<v B\xc3\xacnh>T\xc3\xb4i nh\xe1\xba\xa5t tr\xc3\xad."
    )[0]
    assert (cue.speaker, cue.text) == ("An", "Xin mời.\nBình: Tôi nhất trí.")


def test_what_is_written_cannot_be_taken_for_markup_or_times() -> None:
    cue = Cue(0, 1_000, "<script>alert(1)</script>\n00:00:01.000 --> 00:00:02.000\n&lt; R&D {\\an8}", 'X"><c>')
    written = to_webvtt([cue])
    assert "<script" not in written and written.count("-->") == 1
    assert parse(written.encode()) == [cue]
    assert to_subrip([Cue(0, 1_000, "A & B, 5 < 6")]) == "1\r\n00:00:00,000 --> 00:00:01,000\r\nA & B, 5 < 6\r\n"


TEXTS = st.text(max_size=120) | st.text("<>&-> :;/v.ib0123\n{\\}#amplt1à\u0301", max_size=60)
CUES = st.builds(
    lambda start, length, text, speaker: Cue(start, min(start + length, MAX_MS - 1), clean_text(text), clean_speaker(speaker)),
    st.integers(0, MAX_MS - 2), st.integers(1, 10**6), TEXTS, TEXTS,
).filter(lambda cue: cue.text != "" and len(cue.text) <= MAX_TEXT and len(cue.speaker) <= MAX_SPEAKER)  # fmt: skip
ANY_PACE = settings(suppress_health_check=[HealthCheck.too_slow])
"""The first text that is drawn at all waits for Hypothesis's own table of characters, which takes longer on a busy machine."""
LISTS = st.lists(CUES, min_size=1, max_size=5).map(in_order)


@ANY_PACE
@given(LISTS)
@example([Cue(start_ms=0, end_ms=1, text="0", speaker="--")])
def test_webvtt_there_and_back_is_the_same(cues: list[Cue]) -> None:
    assert parse(to_webvtt(cues).encode()) == cues


@ANY_PACE
@given(LISTS)
def test_srt_there_and_back_is_the_same_with_speakers_as_words(cues: list[Cue]) -> None:
    said = [Cue(cue.start_ms, cue.end_ms, f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text) for cue in cues]
    assert parse(to_subrip(cues).encode()) == in_order(said)


@ANY_PACE
@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert "" not in once.split("\n") or once == ""


@given(
    st.binary(max_size=400) | st.text(max_size=200).map(str.encode) | st.text("WEBVT\n123:.,->< v&", max_size=200).map(str.encode)
)
def test_whatever_is_brought_is_understood_or_refused(data: bytes) -> None:
    try:
        cues = parse(data)
    except Invalid:
        return
    assert checked(cues) == cues


def test_cues_of_an_editor_are_cleaned_or_refused_by_number() -> None:
    assert checked([Cue(5, 9, " b \n\n"), Cue(0, 4, "a\u0301", " An\n "), Cue(1, 2, " ")]) == [
        Cue(0, 4, "á", "An"),
        Cue(5, 9, "b"),
    ]
    for bad in (Cue(5, 5, "a"), Cue(-1, 5, "a"), Cue(0, MAX_MS, "a"), Cue(0, 1, "a" * (MAX_TEXT + 1))):
        with pytest.raises(Invalid) as refused:
            checked([Cue(0, 1, "đúng"), bad])
        assert (refused.value.code, refused.value.fields) == ("captions.bad_cue", {"number": 2})


FULL = 2 * 1024 * 1024


def filled(payload: Callable[[int], str], length: int) -> bytes:
    """A WebVTT file as large as one may be, of cues whose payload has ``length`` characters."""
    cue = f"00:01.000 --> 00:02.000\n{payload(length)}\n\n".encode()
    return b"WEBVTT\n\n" + cue * ((FULL - 8) // len(cue))


def of(first: str, again: str, last: str = "") -> Callable[[int], str]:
    return lambda length: first + again * ((length - len(first) - len(last)) // len(again)) + last


EVIL = {
    "a voice that is not closed": of("<v", " ", "x"),
    "a voice with classes that is not closed": of("<v", ".a", " x"),
    "voices after words": of("a", "<v x>"),
    "tags that begin": of("", "<v "),
    "a number that is no character": of("&#", "1", ";"),
    "a time that is none": of("<", "1"),
    "places that are not closed": of("", "{\\"),
    "marks in disorder": of("a", "\u0301\u0323"),
    "signs of two marks": of("a", "\u0f73"),
}  # fmt: skip


@pytest.mark.timeout(60)  # what took the square of the length would take hours
@pytest.mark.parametrize("length", [MAX_PAYLOAD, 2_000_000])
@pytest.mark.parametrize("payload", EVIL.values(), ids=EVIL)
@pytest.mark.parametrize("srt", [False, True], ids=["vtt", "srt"])
def test_the_worst_that_fits_into_a_file_is_read_to_its_end(payload: Callable[[int], str], length: int, srt: bool) -> None:
    data = filled(payload, length if payload(1000).isascii() else min(length, 600_000))
    try:
        cues = parse(data.removeprefix(b"WEBVTT\n\n") if srt else data)
    except Broken as broken:
        assert {problem.message for problem in broken.problems} == {TOO_LONG}
        assert len(broken.problems) == data.count(b"-->")
    else:
        assert length == MAX_PAYLOAD and all(cue.text and len(cue.text) <= MAX_TEXT for cue in cues)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("line", ["x --> " + " " * 2_000_000, "-->" * 600_000, " " * 2_000_000 + "-->", "x" * 2_000_000 + "--> "])
def test_a_line_of_times_without_end_is_refused(line: str) -> None:
    assert mistakes(f"WEBVTT\n\n{line}\na\n") == [(3, BAD_TIMES)]


@pytest.mark.timeout(60)
def test_a_million_marks_of_windows_1258_are_read_to_their_end_and_are_no_vietnamese() -> None:
    assert (
        code(b"1\n00:01,000 --> 00:02,000\nNghi" + b"\xec" * 1_000_000 + b"\xf2" * 1_000_000 + b" quy\n") == "captions.encoding"
    )


def test_the_longest_cue_there_is_comes_back_however_it_is_written() -> None:
    cue = Cue(0, 1_000, "&" * MAX_TEXT, "&" * MAX_SPEAKER)
    assert parse(to_webvtt([cue]).encode()) == [cue]
    assert parse(to_subrip([Cue(0, 1_000, "&lt;" * (MAX_TEXT // 4))]).encode()) == [Cue(0, 1_000, "&lt;" * (MAX_TEXT // 4))]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("&#65;&#x42;&#67 d", "AB" + "C d"), ("&#" + "0" * 6_000 + "65;", "A"), ("a&#" + "9" * 6_000 + ";b", "a\ufffdb"),
        ("a &# b &#; c", "a &# b &#; c"), ("<v\tAn Bình >a", "a"), ("<v.x.y\nAn>a <c.z>b</c><00:00:01.000> c<br/>d", "a b c\nd"),
    ],
)  # fmt: skip
def test_markup_is_still_what_it_was(written: str, text: str) -> None:
    assert parse(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{written}\n".encode())[0].text == text


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("vi", "vi"), ("KM_khmr-kh", "km-Khmr-KH"), (" zh-hant ", "zh-Hant"), ("vi-VN", "vi-VN"), ("", None), ("tiếng Lào", None),
        ("<b>", None),
    ],
)  # fmt: skip
def test_language_codes_are_tidied(text: str, tag: str | None) -> None:
    assert tidy_tag(text) == tag
