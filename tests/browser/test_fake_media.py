"""The fake devices, played by Chromium: other browser tests stand on what is proved here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.support import fakemedia
from tests.support.fakemedia import FakeDevice

_CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_CHROMIUM += ["--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"]
_MEASURE = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: {width: 640, height: 360}, audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: false}});
  const video = document.createElement('video');
  video.muted = true; video.srcObject = stream; await video.play();
  const canvas = new OffscreenCanvas(640, 360), context = canvas.getContext('2d');
  const grab = () => { context.drawImage(video, 0, 0, 640, 360); return context.getImageData(0, 0, 640, 360).data; };
  const audio = new AudioContext(), analyser = audio.createAnalyser();
  analyser.fftSize = 8192; analyser.smoothingTimeConstant = 0;
  audio.createMediaStreamSource(stream).connect(analyser);
  const first = Array.from(grab()), bins = new Float32Array(analyser.frequencyBinCount);
  let loudest = -200, hertz = 0;
  for (let i = 0; i < 30; i++) {
    await new Promise(done => setTimeout(done, 100));
    analyser.getFloatFrequencyData(bins);
    bins.forEach((value, bin) => { if (value > loudest) { loudest = value; hertz = bin * audio.sampleRate / 8192; } });
  }
  const last = grab();
  const moved = last.filter((value, index) => Math.abs(value - first[index]) > 24).length / last.length;
  return {corner: Array.from(last.slice(-4, -1)), moved, loudest, hertz, size: [video.videoWidth, video.videoHeight]};
}"""


@pytest.fixture(scope="module")
def measured() -> Iterator[dict[str, Any]]:
    devices = {"presenter": fakemedia.presenter(), "site": fakemedia.site(), "delegate": fakemedia.delegate()}
    with sync_playwright() as playwright:
        found = {}
        for name, device in devices.items():
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=[*_CHROMIUM, *device.chromium_arguments(loop=name != "presenter")]
            )
            page = browser.new_page()
            page.route("**/*", lambda route: route.fulfill(content_type="text/html", body="<!doctype html><title>x</title>"))
            page.goto("https://fake-media.test/")  # devices need a secure origin; nothing leaves this machine
            found[name] = page.evaluate(_MEASURE)
            browser.close()
        yield found


@pytest.mark.parametrize("name", ["presenter", "site", "delegate"])
def test_fake_camera_and_microphone_when_opened(measured: dict[str, Any], name: str) -> None:
    assert measured[name]["size"] == [fakemedia.WIDTH, fakemedia.HEIGHT]
    assert measured[name]["moved"] > 0.001
    assert measured[name]["loudest"] > -70


@pytest.mark.parametrize("device", [fakemedia.site, fakemedia.delegate])
def test_fake_device_is_told_by_colour_and_pitch(measured: dict[str, Any], device: Any) -> None:
    made: FakeDevice = device()
    seen = measured[device.__name__]
    assert made.colour is not None and made.tone_hz is not None
    assert all(abs(a - b) < 24 for a, b in zip(seen["corner"], made.colour, strict=True)) or min(seen["corner"]) > 200
    assert abs(seen["hertz"] - made.tone_hz) < 12
