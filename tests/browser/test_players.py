"""hls.js in our page, Chromium's own HLS and ffmpeg play one session: while it is live, through its end, and once it is finished.

Chromium takes for live whatever had no end when it was loaded: it begins three segments before the end, calls that 0 s, goes
nowhere before it, and waits for more for ever (docs/recording.md). So there the numbers alone say where it is.

A simulated presenter sends numbered pictures; what each player shows is read off the numbers. Every playlist that they are given
is read as strictly as RFC 8216 does. Prints how long after it was sent a picture is seen.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import clapboard, players
from tests.support.browsers import Browsers, visit
from tests.support.clapstage import Beside, Stage, staged_beside
from tests.support.hls_check import Load, check_master, check_media_playlist
from tests.support.players import Ffmpeg, Shown, off_by, shown
from tests.support.product import SMALL_RECORDING, Product, running
from tests.support.recording import Film
from tests.support.seed import planted

pytestmark = pytest.mark.timeout(240)

PERSON = "dai-bieu"
BEGUN_S = 8.0
"""Until then the presenter is surely seen."""
DVR_S = 9.0
"""A moment that is long past, and no longer in any player's buffer, when it is asked for."""
LIVE_S = 16.0
"""So much has been recorded when the players begin."""
NEAR = 4
"""So many pictures a player may be beside the one that belongs to its position."""


@dataclass(frozen=True, slots=True)
class Show:
    """The session as one viewer has it: a page of ours, which plays it by hls.js, and one for the browser's own HLS."""

    stage: Stage
    ours: Page
    native: Page

    @property
    def address(self) -> str:
        return f"{self.stage.product.url}/phien/{self.stage.session}/xem-lai/"

    @property
    def master(self) -> str:
        """A fresh link to the master playlist, as the page gets it."""
        answer = self.ours.context.request.get(f"{self.address}lien-ket/", headers={"Accept": "application/json"})
        return urljoin(self.address, str(answer.json()["master"]))

    @property
    def cookies(self) -> str:
        return "; ".join(f"{one['name']}={one['value']}" for one in self.ours.context.cookies())

    @property
    def zero_s(self) -> float:
        """When the recording begins, s since 1970."""
        return float(self._status["zero_ms"]) / 1000

    @property
    def duration_s(self) -> float:
        """Of what is composed."""
        return float(self._status["duration_ms"]) / 1000

    @property
    def newest_s(self) -> float:
        """How long ago the newest picture that can be asked for happened."""
        return time.time() - self.zero_s - self.duration_s

    @property
    def _status(self) -> dict[str, float]:
        path = self.stage.product.data / "recordings"
        found: dict[str, float] = next((json.loads(one.read_text()) for one in path.glob("*/recording.json")), {"duration_ms": 0})
        return found

    def expected(self, at_s: float) -> float:
        """The number of the picture that belongs to a moment of the recording."""
        at_us, number = self.stage.performance.sent[0]
        return (number + (self.zero_s + at_s - at_us / 1e6) * clapboard.FPS) % clapboard.LOOP_FRAMES

    def is_right(self, seen: Shown, begun_s: float = 0.0) -> bool:
        """Does what is seen belong to where the player says that it is? ``begun_s``: the moment that it calls 0 s."""
        return off_by(seen.number, self.expected(begun_s + seen.at_s)) <= NEAR

    def delay_s(self, seen: Shown) -> float:
        """From the moment at which the picture was sent until it was seen."""
        sent_us = [
            at_us for at_us, number in self.stage.performance.sent if number == seen.number and at_us <= seen.wall_ms * 1000
        ]
        return seen.wall_ms / 1000 - max(sent_us) / 1e6

    def early_picture(self, at_s: float, folder: Path) -> clapboard.Plane:
        """The picture at a moment of the recording's first segment, decoded from that alone."""
        hls, alone = self.stage.folder / "hls", folder / "first.mp4"
        alone.write_bytes((hls / "init.mp4").read_bytes() + (hls / "seg-00001.m4s").read_bytes())
        height, width = players.HEIGHT, players.WIDTH
        picture = Film(alone).frame(at_s + 0.5 / clapboard.FPS).mean(axis=2)
        step = picture.shape[0] // height
        small: clapboard.Plane = picture.reshape(height, step, width, step).mean(axis=(1, 3)).astype(np.uint8)
        return small

    def wrong_in_playlists(self, *, live: bool) -> list[str]:
        """What the strict check says of the master playlist and of all that it names, as they are served."""
        kept: dict[str, bytes | None] = {}

        def load_from(base: str) -> Load:
            def load(uri: str) -> bytes | None:
                url = urljoin(base, uri)
                if url not in kept:
                    answer = self.ours.context.request.get(url)
                    kept[url] = answer.body() if answer.ok else None
                return kept[url]

            return load

        master, found = self.master, []
        medias = [urljoin(master, uri) for uri in lines_of(load_from(master)(""))]
        for media in medias:
            listed = (load_from(media)("") or b"").decode()
            assert ("#EXT-X-ENDLIST" in listed) != live, media
            found += [f"{media}: {wrong}" for wrong in check_media_playlist(listed, load_from(media), clapboard.FPS, live)]
        del kept[master]  # what it promises now holds for what was listed then
        text = load_from(master)("") or b""
        return found + check_master(text.decode(), load_from(master))


def lines_of(playlist: bytes | None) -> list[str]:
    return [line for line in (playlist or b"").decode().splitlines() if line and not line.startswith("#")]


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    """One of its own: its session ends here."""
    with running(planted(tmp_path / "data"), **SMALL_RECORDING) as found:
        yield found


def test_every_player_plays_what_is_live_its_end_and_what_is_finished(
    opened: Browsers, browser: Browser, product: Product, tmp_path: Path
) -> None:
    loop = clapboard.clip(640, 360)
    with staged_beside(product, loop) as beside, visit(opened, browser, product, PERSON) as ours:
        show = Show(beside.stage, ours, ours.context.new_page())
        begin(show)
        whole = Ffmpeg(tmp_path / "whole", show.master, show.cookies, "-live_start_index", "0")
        plays_what_is_live(show, tmp_path)
        begun_s = plays_natively(show)
        goes_back(show, tmp_path)
        assert show.wrong_in_playlists(live=True) == []
        goes_on_to_the_end(show, beside, whole, begun_s)
        plays_what_is_finished(show, tmp_path)
        assert show.wrong_in_playlists(live=False) == []


def begin(show: Show) -> None:
    """Both pages play by themselves, with some seconds behind them to which one can go back."""
    show.ours.goto(show.address)
    show.native.goto(f"{show.stage.product.url}/healthz")
    while show.duration_s < LIVE_S:
        time.sleep(0.2)
    show.native.evaluate(players.NATIVE, show.master)
    expect(show.ours.locator("[data-live]")).to_contain_text("Trực tiếp")
    show.ours.evaluate("window.isTheSamePage = true")


def plays_what_is_live(show: Show, folder: Path) -> None:
    """Near what happens, and on and on; ffmpeg begins where the standard says: three segments before the end."""
    edge = Ffmpeg(folder / "edge", show.master, show.cookies, "-t", "2")
    before = shown(show.ours)
    time.sleep(1)
    seen = shown(show.ours)
    assert seen.at_s > before.at_s + 0.5
    assert show.is_right(before) and show.is_right(seen), (before, seen)
    print(f"\nhls.js: seen {show.delay_s(seen):.1f} s after it was sent; the newest that there is: {show.newest_s:.1f} s")
    assert edge.wait(20) == (0, "")
    numbers = edge.numbers()
    assert len(numbers) in (49, 50, 51)
    assert off_by(numbers[0], show.expected(show.duration_s)) < 5 * 2 * clapboard.FPS


def plays_natively(show: Show) -> float:
    """On and on, picture by picture; the moment of the recording at which Chromium began, where one of its segments does."""
    before = shown(show.native)
    assert before.number is not None
    begun_s = next(at_s for at_s in np.arange(0, show.duration_s, 2.0) if show.is_right(before, at_s))
    time.sleep(1)
    seen = shown(show.native)
    assert seen.at_s > before.at_s + 0.5
    assert show.is_right(seen, begun_s), seen
    print(f"Chromium: seen {show.delay_s(seen):.1f} s after it was sent; the newest that there is: {show.newest_s:.1f} s")
    return float(begun_s)


def goes_back(show: Show, folder: Path) -> None:
    """To the beginning, to a moment of which the number tells that it is the right one, and to what is live."""
    seen = shown(show.ours, 0.0)
    assert seen.at_s < 1.9  # as near as a busy machine shows it
    assert np.abs(seen.luma.astype(float) - show.early_picture(seen.at_s, folder)).mean() < 24
    seen = shown(show.ours, DVR_S)
    assert abs(seen.at_s - DVR_S) < 1.0
    assert show.is_right(seen), seen
    show.ours.locator("[data-live]").click()


def goes_on_to_the_end(show: Show, beside: Beside, whole: Ffmpeg, begun_s: float) -> None:
    """The session ends, and each comes to the same end without being told."""
    beside.end()
    last = players.until_ended(show.ours)
    assert (last["ended"], last["error"]) == (True, None)
    assert abs(last["duration"] - show.duration_s) < 0.1
    assert show.ours.evaluate("window.isTheSamePage")
    show.native.wait_for_function(
        "end => document.querySelector('video').currentTime > end", arg=show.duration_s - begun_s - 0.5
    )  # the last picture; it has no end there
    assert whole.wait(30) == (0, "")
    numbers = whole.numbers()
    assert abs(len(numbers) - show.duration_s * clapboard.FPS) <= 1
    off = [off_by(number, show.expected(at / clapboard.FPS)) for at, number in enumerate(numbers) if at > BEGUN_S * clapboard.FPS]
    assert max(off[: -2 * clapboard.FPS]) <= NEAR


def plays_what_is_finished(show: Show, folder: Path) -> None:
    """Anew, from the middle on; ffmpeg also the whole."""
    middle_s = float(int(show.duration_s / 2))
    again = Ffmpeg(folder / "again", show.master, show.cookies)
    show.ours.goto(f"{show.address}?t={middle_s:.0f}")
    show.ours.wait_for_function("() => document.querySelector('video')?.readyState >= 2")
    show.ours.keyboard.press("k")
    show.native.evaluate(players.NATIVE, show.master)
    for page, seen in ((show.ours, shown(show.ours)), (show.native, shown(show.native, middle_s))):
        assert abs(seen.at_s - middle_s) < 2.0
        assert show.is_right(seen), (page.url, seen)
        assert abs(players.state(page)["duration"] - show.duration_s) < 0.1
    pictures = players.sought(show.master, show.cookies, middle_s, middle_s + 2)
    assert abs(pictures[0][0] - middle_s) < 0.1
    assert len(pictures) in (49, 50, 51)
    assert max(off_by(number, show.expected(at_s)) for at_s, number in pictures) <= NEAR
    assert again.wait(30) == (0, "")
    assert abs(len(again.numbers()) - show.duration_s * clapboard.FPS) <= 1
