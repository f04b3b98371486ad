"""Real browsers as people use them: one Chromium for each fake device, and measuring what a page shows and lets hear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.support.fakemedia import FakeDevice
from tests.support.product import PASSWORD, Product

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--auto-select-desktop-capture-source=Entire screen",
]
expect.set_options(timeout=30_000)  # three browsers, the product and its encoders share two cores here
DESK = {"width": 1280, "height": 760}

LOOK = """async testid => {
  const video = document.querySelector(`[data-testid="${testid}"]`);
  const canvas = new OffscreenCanvas(64, 36), context = canvas.getContext('2d', {willReadFrequently: true});
  const grab = () => { context.drawImage(video, 0, 0, 64, 36); return context.getImageData(0, 0, 64, 36).data; };
  const first = Array.from(grab());
  let moved = 0;
  for (let i = 0; i < 20; i++) {
    await new Promise(done => setTimeout(done, 100));
    moved = Math.max(moved, grab().filter((value, at) => Math.abs(value - first[at]) > 12).length / first.length);
  }
  const last = grab(), mean = [0, 0, 0];
  for (let at = 0; at < last.length; at++) if (at % 4 < 3) mean[at % 4] += last[at] / (64 * 36);
  return {size: [video.videoWidth, video.videoHeight], moved, mean, time: video.currentTime};
}"""

_LISTEN = """async seconds => {
  const audio = new AudioContext(), analyser = audio.createAnalyser();
  analyser.fftSize = 8192; analyser.smoothingTimeConstant = 0;
  const sinks = [...document.querySelectorAll('audio')].filter(one => one.srcObject && !one.muted);
  for (const sink of sinks) audio.createMediaStreamSource(sink.srcObject).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount), peak = new Float32Array(bins.length).fill(-200);
  for (let i = 0; i < seconds * 20; i++) {
    await new Promise(done => setTimeout(done, 50));
    analyser.getFloatFrequencyData(bins);
    bins.forEach((value, bin) => { if (value > peak[bin]) peak[bin] = value; });
  }
  const hertz = audio.sampleRate / analyser.fftSize;
  await audio.close();
  let loudest = 0;
  peak.forEach((value, bin) => { if (value > peak[loudest]) loudest = bin; });
  return {sinks: sinks.length, hertz: loudest * hertz, decibels: peak[loudest], spectrum: Array.from(peak), step: hertz};
}"""


@dataclass(frozen=True)
class Picture:
    """What a video element showed for two seconds: ``mean`` colour (RGB 0..255), and the part of the picture that changed."""

    size: tuple[int, int]
    moved: float
    mean: tuple[float, float, float]

    @property
    def is_alive(self) -> bool:
        """Neither black nor still."""
        return self.size[0] > 0 and sum(self.mean) / 3 > 16 and self.moved > 0.002

    def looks_like(self, colour: tuple[int, int, int]) -> bool:
        """Whether most of it has ``colour`` (a white bar crosses the fake pictures)."""
        return all(abs(a - b) < 40 for a, b in zip(self.mean, colour, strict=True))


@dataclass(frozen=True)
class Sound:
    """What all sounding elements of a page let hear together: the loudest tone, and the level of any other."""

    hertz: float
    decibels: float
    _spectrum: tuple[float, ...]
    _step: float

    @property
    def is_silent(self) -> bool:
        return self.decibels < -75

    def level_at(self, hertz: float) -> float:
        """Peak level within 30 Hz of a tone, dBFS."""
        low, high = int((hertz - 30) / self._step), int((hertz + 30) / self._step) + 1
        return max(self._spectrum[low:high])


def look(page: Page, testid: str = "speaker-video") -> Picture:
    """Watch a video element for two seconds."""
    page.get_by_test_id(testid).first.wait_for()
    seen: dict[str, Any] = page.evaluate(LOOK, testid)
    return Picture(tuple(seen["size"]), seen["moved"], tuple(seen["mean"]))


def listen(page: Page, seconds: int = 2) -> Sound:
    """Listen to a live page for some seconds."""
    heard: dict[str, Any] = page.evaluate(_LISTEN, seconds)
    return Sound(heard["hertz"], heard["decibels"], tuple(heard["spectrum"]), heard["step"])


T = TypeVar("T")


def until(attempt: Callable[[], T], fits: Callable[[T], bool], *, tries: int = 12) -> T:
    """The first of at most ``tries`` attempts that fits, else the last one: the caller's assertion then shows what was seen."""
    result = attempt()
    for _ in range(tries - 1):
        if fits(result):
            break
        result = attempt()
    return result


class Browsers:
    """Opens browsers and pages; everything that a page complains about (errors, CSP) is kept in ``complaints``."""

    def __init__(self, playwright: Playwright, executable: str, stack: ExitStack) -> None:
        self._playwright = playwright
        self._executable = executable
        self._stack = stack
        self.complaints: list[str] = []

    def open(self, device: FakeDevice | None = None, *, loop: bool = True) -> Browser:
        """A Chromium whose camera and microphone are ``device``; None: it has none."""
        arguments = [*SWITCHES, *(device.chromium_arguments(loop=loop) if device else [])]
        browser = self._playwright.chromium.launch(executable_path=self._executable, args=arguments)
        self._stack.callback(browser.close)
        return browser

    def page(self, browser: Browser, *, size: dict[str, int] | None = None, dark: bool = False, language: str = "vi-VN") -> Page:
        """A page of a person of their own (no cookies of others)."""
        context = browser.new_context(
            locale=language,
            viewport=size or DESK,
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        page = context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        return page

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text or "Content-Security-Policy" in text:
            self.complaints.append(text)


@contextmanager
def browsers(executable: str) -> Iterator[Browsers]:
    """Browsers that are all closed in the end."""
    with sync_playwright() as playwright, ExitStack() as stack:
        yield Browsers(playwright, executable, stack)


@contextmanager
def visit(opened: Browsers, browser: Browser, product: Product, username: str) -> Iterator[Page]:
    """A page of ``username``, signed in. Asserts that no page has complained by the end of the block."""
    opened.complaints.clear()
    page = opened.page(browser)
    sign_in(page, product, username)
    yield page
    page.context.close()
    assert opened.complaints == [], opened.complaints


def sign_in(page: Page, product: Product, username: str) -> None:
    """As a person does: open the site, fill in the form, arrive at one's own page."""
    page.goto(f"{product.url}/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{product.url}/")


def enter_room(page: Page, address: str) -> None:
    """Through the pre-join page into the room, with what devices there are."""
    page.goto(address)
    page.locator("[data-testid=enter]:not([disabled])").click()
    page.locator("[data-testid=link][data-phase=inside]").wait_for()
