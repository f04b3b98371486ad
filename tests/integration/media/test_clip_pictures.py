"""A recording's captions on their way into a clip: uploaded as a file, burnt in by the real ffmpeg, read off the frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from numpy.typing import NDArray
from PIL import Image as Pil

from media.captions.domain.cues import Cue
from media.captions.models import CaptionVersion
from media.captions.services import save_cues
from media.clips import jobs, services
from media.clips.drawing import CardWords, caption_face, overlay, title_card
from media.clips.models import Clip
from media.clips.plan import CARD_S
from media.clips.scenes import Scenes, Shown, Speaker, keep
from media.clips.services import CutValues
from media.clips.shapes import SIZES, Shape, arrange
from media.egress.layout import Box
from media.models import Recording
from people.models import User
from people.permissions import Role
from tests.factories.conference import make_user
from tests.factories.media import Roles, make_recording
from tests.media.clips.kit import FPS, HEIGHT, WIDTH, Image, number_of, pictures, write_recording

pytestmark = pytest.mark.django_db
FIRST, LAST = 31, 283
CARD = CARD_S * FPS
SHORT, LONG = "Nghị quyết: ngữ, trẫm, ẵm", "Chuyển đổi số là nhiệm vụ của cả hệ thống"
"""What is said from 3 s to 4.5 s, and from 6 s to 7 s: with every tone over â, ê, ô, ơ or ư, in one line and in two."""
VTT = f"WEBVTT\n\n00:03.000 --> 00:04.500\n{SHORT}\n\n00:06.000 --> 00:07.000\n{LONG}\n"
SAID = {number: SHORT for number in range(75, 113)} | {number: LONG for number in range(150, 175)}
WRONG = {
    SHORT: ["Nghi quyet: ngu, tram, am", *(SHORT.replace(*pair) for pair in (("ế", "ê"), ("ữ", "ừ"), ("ẫ", "ẩ"), ("ẵ", "ẳ")))],
    LONG: [LONG.replace(*pair) for pair in (("ể", "ê"), ("ổ", "ô"), ("đ", "d"), ("ố", "ồ"), ("ụ", "u"), ("ả", "á"))],
}
"""The same words with one sign or all of them wrong."""
SPEAKER = Speaker(Box(0, 0, WIDTH, HEIGHT), "Nguyễn Thị Hạnh", "Báo cáo viên")
SHOWN = Shown((SPEAKER,), None, inside=True)


@pytest.fixture
def maker(roles: Roles) -> User:
    return roles.give(make_user("Trần Văn Bình"), Role.SECRETARY)


@pytest.fixture
def recording(data_dir: Path, client: Client, maker: User) -> Recording:
    """Twelve seconds of numbered frames, one person speaking, with captions that came as a file."""
    recording = make_recording(public_id="rec2345678", state=Recording.State.DONE, duration_ms=12_000)
    write_recording(recording.folder, 300, lambda samples: 0.2 * np.sin(samples / 20))
    keep(recording.folder, Scenes(WIDTH, HEIGHT, ((0, SHOWN),)))
    client.force_login(maker)
    file = SimpleUploadedFile("loi-noi.vtt", VTT.encode())
    answer = client.post(reverse("media:captions_add", args=[recording.public_id]), {"language": "vi", "file": file})
    assert answer.status_code < 400 and recording.captions.count() == 1
    return recording


def made(recording: Recording, by: User, shape: Shape, *, card: bool, captions: bool) -> Path:
    """The file of a clip from frame :data:`FIRST` to :data:`LAST`, made as the worker makes it."""
    values = CutValues("Đột phá", FIRST * 40, LAST * 40, shape, with_card=card, with_captions=captions)
    clip = services.create_clip(recording=recording, values=values, by=by, frame_ms=40)
    services.queue_clip(clip=clip, by=by)
    jobs.make(clip.public_id)
    clip.refresh_from_db()
    assert (clip.state, clip.error_code) == (Clip.State.READY, "")
    return clip.path("clip.mp4")


def lines_of(text: str, shape: Shape) -> list[str]:
    face, most = caption_face(*SIZES[shape])
    return face.lines(text, most, 2)


def region(shape: Shape) -> tuple[slice, slice]:
    """Where captions may stand."""
    width, height = SIZES[shape]
    bottom = arrange(SHOWN, WIDTH, HEIGHT, shape).words_bottom
    face, _most = caption_face(width, height)
    return slice(bottom - 2 * (face.line_px + 2), bottom), slice(0, width)


def with_words(plain: Image, text: str, shape: Shape) -> Image:
    """``plain`` with the words typeset on it as they ought to be."""
    width, height = SIZES[shape]
    over = overlay(width, height, (), lines_of(text, shape), arrange(SHOWN, WIDTH, HEIGHT, shape).words_bottom)
    ground = Pil.fromarray(plain).convert("RGBA")
    return np.asarray(Pil.alpha_composite(ground, over).convert("RGB"))


def differing(one: Image, other: Image) -> NDArray[np.int16]:
    """How far the two are apart in green, most of what brightness is, pixel by pixel."""
    steps: NDArray[np.int16] = np.abs(one[..., 1].astype(np.int16) - other[..., 1])
    return steps


def apart(one: Image, other: Image) -> float:
    """The mean of that, 0 to 255."""
    return float(differing(one, other).mean())


def says(seen: Image, right: Image, wrong: Image) -> bool:
    """Is ``seen`` rather ``right`` than ``wrong``, where the two are not the same?"""
    told = differing(right, wrong) > 60
    return bool(told.sum() > 10) and apart(seen[told][:, None], right[told][:, None]) < 0.5 * apart(
        seen[told][:, None], wrong[told][:, None]
    )


def both(plain: Path, worded: Path) -> Iterator[tuple[int, Image, Image]]:
    """Frames of the two clips with their number in the recording, the second one's card left out."""
    rest = pictures(worded)
    for _ in range(CARD):
        next(rest)
    for number, (one, other) in enumerate(zip(pictures(plain), rest, strict=True), start=FIRST):
        yield number, one, other


def test_captions_changed_to_another_script_while_the_clip_waits_stop_it(
    client: Client, recording: Recording, maker: User
) -> None:
    values = CutValues("Đột phá", FIRST * 40, LAST * 40, Shape.WIDE, with_card=False, with_captions=True)
    clip = services.create_clip(recording=recording, values=values, by=maker, frame_ms=40)
    services.queue_clip(clip=clip, by=maker)
    track = recording.captions.get()
    save_cues(track=track, cues=[Cue(3_000, 4_500, "ការផ្លាស់ប្តូរ")], seen=1, how=CaptionVersion.How.EDITED, by=maker)
    jobs.make(clip.public_id)
    clip.refresh_from_db()
    assert (clip.state, clip.error_code) == (Clip.State.FAILED, "clip.no_letters")
    page = client.get(reverse("clips:detail", args=[clip.public_id])).content.decode()
    assert "phông chữ của video không có" in page


@pytest.mark.parametrize("shape", [Shape.WIDE, Shape.TALL])
def test_what_was_said_is_burnt_in_to_the_frame_and_to_the_letter(recording: Recording, maker: User, shape: Shape) -> None:
    plain = made(recording, maker, shape, card=False, captions=False)
    worded = made(recording, maker, shape, card=True, captions=True)

    width, height = SIZES[shape]
    date = f"{timezone.localtime(recording.created_at):%d/%m/%Y}"
    words = CardWords("Đột phá", recording.title, date, SPEAKER.name, SPEAKER.caption)
    opening = next(pictures(worded))
    assert opening.shape == (height, width, 3)
    wanted, other = (np.asarray(title_card(each, width, height)) for each in (words, replace(words, title="Đột phã")))
    assert apart(opening, wanted) < 2 and says(opening, wanted, other), "the title card, to the letter"

    rows, columns = region(shape)
    numbers, said, samples = [], [], {}
    for number, one, other in both(plain, worded):
        numbers.append((number_of(one), number_of(other)))
        if apart(one[rows, columns], other[rows, columns]) > 4:
            said.append(number)
            samples.setdefault(SAID.get(number, ""), (one, other))
        else:
            assert apart(one[::4, ::4], other[::4, ::4]) < 1.5, number
    assert numbers == [(number, number) for number in range(FIRST, LAST + 1)], "first, last, and every frame between them"
    assert said == sorted(SAID), "from the cue's first frame to its last one, and at no other time"

    assert len(lines_of(SHORT, shape)) == 1
    for text, (one, other) in samples.items():
        right = with_words(one, text, shape)
        assert apart(right[rows, columns], other[rows, columns]) < 3
        for each in WRONG[text]:
            assert says(other, right, with_words(one, each, shape)), each
    outside = slice(height // 2, rows.start)
    assert all(apart(one[outside], other[outside]) < 1.5 for one, other in samples.values()), "and nowhere else"
