"""What a file is, whether it is whole, and whether a recording can be made of it: pure rules over bytes."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace

import pytest

from core.errors import Invalid
from media.upload import wholeness
from media.upload.found import Found, Picture, Sound, emptiness, family_of, judge
from media.upload.magic import Nature, nature_of
from media.upload.models import UPLOAD_MACHINE, Upload
from media.upload.selectors import stages_of
from media.upload.tus import metadata

U = Upload.State
MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)
"""MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes."""
FOUND = Found(2, Picture(0, 1280, 720, 25.0), Sound(1, 2), declared_ms=60_000, readable_ms=59_900)


def box(kind: bytes, body: bytes = b"") -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind + body


@pytest.mark.parametrize(
    ("head", "family"),
    [
        (box(b"ftyp", b"isom\0\0\2\0isomiso2"), "mp4"),
        (box(b"ftyp", b"qt  \0\0\2\0qt  "), "mp4"),
        (box(b"wide") + box(b"mdat"), "mp4"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "matroska"),
        (b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska", "matroska"),
        (b"ID3\x04" + bytes(100), "mp3"),
        (MP3_FRAME * 3, "mp3"),
    ],
)
def test_what_is_taken_is_known_by_its_first_bytes(head: bytes, family: str) -> None:
    assert nature_of(head) == Nature(family)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"%PDF-1.7", "a PDF document"),
        (b"\xff\xd8\xff\xe0JFIF", "a picture"),
        (box(b"ftyp", b"heic\0\0\0\0"), "a picture"),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml" + bytes(40) + b"ppt/presentation.xml", "a slide presentation"),
        (b"PK\x03\x04" + bytes(26) + b"anything", "a compressed archive"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "a list of addresses, not a video"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "a text file"),
        ("Biên bản hội nghị\n".encode(), "a text file"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a WAV sound"),
        (b"MZ\x90\0", "a program"),
        (b"\xff\xfb\x90\x00" + bytes(1000), "of a kind that is not known here"),  # one frame is chance, two are a file
        (bytes(5000), "of a kind that is not known here"),
    ],
)
def test_what_is_not_taken_is_named(head: bytes, what: str) -> None:
    assert nature_of(head) == Nature(None, what)


def test_name_and_content_must_agree() -> None:
    assert family_of("Phiên sáng.MOV", Nature("mp4")) == "mp4"
    assert family_of("họp.webm", Nature("matroska")) == "matroska"
    for name, nature, code in (
        ("a.mp4", Nature("matroska"), "upload.wrong_name"),
        ("a", Nature("mp4"), "upload.wrong_name"),
        ("a.mp4", Nature(None, "a slide presentation"), "upload.wrong_content"),
    ):
        with pytest.raises(Invalid) as refused:
            family_of(name, nature)
        assert refused.value.code == code


def test_an_mp4_is_whole_when_every_box_ends_within_it_and_there_is_an_index() -> None:
    whole = box(b"ftyp", b"isom") + box(b"mdat", bytes(1000)) + box(b"moov", bytes(60))
    assert wholeness.iso(io.BytesIO(whole)).complete
    assert wholeness.iso(io.BytesIO(whole + b"\0\0\0")).complete, "rubbish at the end hurts nobody"
    for cut in (len(whole) - 1, len(whole) - 68, 500):
        assert not wholeness.iso(io.BytesIO(whole[:cut])).complete
    long = box(b"moov") + b"\0\0\0\1mdat" + (16 + 5).to_bytes(8, "big") + bytes(5)
    assert wholeness.iso(io.BytesIO(long)).complete
    assert not wholeness.iso(io.BytesIO(long[:-1])).complete
    assert wholeness.iso(io.BytesIO(box(b"moov") + b"\0\0\0\0mdat" + bytes(9))).complete, "a last box without a length"


def test_an_mp4_whose_sample_entry_is_encrypted_says_so() -> None:
    assert wholeness.iso(io.BytesIO(box(b"moov", bytes(20) + b"encv" + bytes(78)))).encrypted
    assert not wholeness.iso(io.BytesIO(box(b"moov", b"the word encv in a title"))).encrypted


def test_a_matroska_is_whole_when_its_segment_ends_within_it() -> None:
    head = b"\x1a\x45\xdf\xa3\x84" + bytes(4) + b"\x18\x53\x80\x67"
    whole = head + b"\x40\x64" + bytes(100)
    assert wholeness.matroska(io.BytesIO(whole)).complete
    assert not wholeness.matroska(io.BytesIO(whole[:-1])).complete
    live = head + b"\x01\xff\xff\xff\xff\xff\xff\xff" + bytes(10)
    assert wholeness.matroska(io.BytesIO(live)).complete, "what was recorded live does not know its length"
    assert not wholeness.matroska(io.BytesIO(head[:9])).complete


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (FOUND, None),
        (replace(FOUND, declared_ms=0), None),
        (replace(FOUND, sound=None), None),
        (replace(FOUND, picture=None), None),
        (replace(FOUND, picture=None, sound=None), "upload.no_streams"),
        (replace(FOUND, streams=33), "upload.absurd"),
        (replace(FOUND, picture=Picture(0, 20_000, 720, 25.0)), "upload.absurd"),
        (replace(FOUND, picture=Picture(0, 2, 2, 25.0)), "upload.absurd"),
        (replace(FOUND, picture=Picture(0, 8192, 8192, 25.0)), "upload.absurd"),
        (replace(FOUND, picture=Picture(0, 1280, 720, 1000.0)), "upload.absurd"),
        (replace(FOUND, picture=Picture(0, 8192, 4608, 25.0)), None),
        (replace(FOUND, declared_ms=13 * 3_600_000), "upload.too_long"),
        (replace(FOUND, torn=True), "upload.cut_short"),
        (replace(FOUND, readable_ms=30_000), "upload.cut_short"),
        (replace(FOUND, empty_s=590, gap_s=590), None),
        (replace(FOUND, gap_s=610), "upload.hollow"),
        (replace(FOUND, declared_ms=3_600_000, readable_ms=3_600_000, empty_s=1_900, gap_s=20), "upload.hollow"),
        (replace(FOUND, undecodable=True), "upload.undecodable"),
        (replace(FOUND, declared_ms=400, readable_ms=400), "upload.too_short"),
    ],
)
def test_what_was_found_is_judged(found: Found, code: str | None) -> None:
    if code is None:
        judge(found)
        return
    with pytest.raises(Invalid) as refused:
        judge(found)
    assert refused.value.code == code


def test_spans_in_which_nothing_begins_are_counted_at_the_ends_too() -> None:
    assert emptiness({0, 1, 2}, 0.0, 30.0) == (0, 0)
    assert emptiness({0, 4200}, 0.0, 42_000.04) == (41_990, 41_990)
    assert emptiness({0}, 0.0, 7200.0) == (7190, 7190), "one packet that says it lasts for hours"
    assert emptiness({5, 9, 10_000}, 42.0, 120.0) == (10 + 30 + 20, 30)
    assert emptiness(set(), 0.0, 0.0) == (0, 0)


@pytest.mark.parametrize(("old", "new"), list(itertools.product(U, U)))
def test_the_table_of_steps(old: Upload.State, new: Upload.State) -> None:
    allowed = {
        (U.RECEIVING, U.CHECKING), (U.CHECKING, U.CONVERTING), (U.CHECKING, U.REFUSED), (U.CHECKING, U.FAILED),
        (U.CONVERTING, U.CHECKING), (U.CONVERTING, U.DONE), (U.CONVERTING, U.REFUSED), (U.CONVERTING, U.FAILED),
        (U.FAILED, U.CHECKING),
    }  # fmt: skip
    assert UPLOAD_MACHINE.allows(old, new) == ((old, new) in allowed)


def test_the_stages_follow_the_state() -> None:
    def states(state: Upload.State | None, failed_at: Upload.State | None = None) -> list[str]:
        return [stage.state for stage in stages_of(state, failed_at)]

    assert states(None) == ["current", "waiting", "waiting", "waiting"]
    assert states(U.CONVERTING) == ["done", "done", "current", "waiting"]
    assert states(U.REFUSED, U.CHECKING) == ["done", "failed", "waiting", "waiting"]
    assert states(U.DONE) == ["done"] * 4


def test_metadata_is_read_or_refused() -> None:
    assert metadata("filename aOG7jXAubXA0,modified MTc=, is_confidential") == {
        "filename": "họp.mp4", "modified": "17", "is_confidential": "",
    }  # fmt: skip
    for header in ("filename ???", "filename /w==", "filename YQBiLm1wNA=="):
        with pytest.raises(Invalid):
            metadata(header)
