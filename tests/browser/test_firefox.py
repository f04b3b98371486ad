"""A second browser engine in a live session of the whole product: Firefox sees and hears Chromium, and the other way round."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from deploy.command.network import own_address
from tests.support import fakemedia
from tests.support.browsers import LOOK, Picture, browsers, enter_room, listen, look, sign_in, until
from tests.support.firefox import Firefox, firefox
from tests.support.product import PASSWORD, SMALL_RECORDING, Product, running
from tests.support.seed import planted

SITE = "Huyện Hòn Đất"
FIREFOX_TONE_HZ = 1000
"""Of its fake microphone."""
PATIENT_MS = 90_000

REMEMBER_CONNECTIONS = """() => {
  const Original = window.RTCPeerConnection;
  window.connections = [];
  window.RTCPeerConnection = class extends Original {
    constructor(...all) { super(...all); window.connections.push(this); }
  };
}"""
COUNTERS = """async () => {
  const counted = {frames: 0, energy: 0, received: [], sent: {}};
  for (const one of window.connections) {
    if (one.connectionState !== 'connected') continue;
    const all = await one.getStats();
    const codec = report => all.get(report.codecId)?.mimeType;
    for (const each of all.values()) {
      if (each.type === 'inbound-rtp' && each.packetsReceived) {
        counted.received.push(codec(each));
        if (each.kind === 'video') counted.frames += each.framesDecoded;
        else counted.energy += each.totalAudioEnergy ?? 0;
      }
      if (each.type === 'outbound-rtp' && each.packetsSent)
        counted.sent[each.rid ?? each.kind] = [codec(each), each.frameWidth ?? 0];
    }
  }
  return counted;
}"""
"""What a page's connections bring and take: decoded frames and sound, codecs, and the pictures that it sends by their names."""

ASK_FOR_THE_FLOOR = """() => {
  const button = [...document.querySelectorAll('button')].find(each => each.textContent.includes('Đăng ký phát biểu'));
  button?.click();
  return !!button;
}"""


@pytest.fixture(scope="module")
def firefox_program() -> str:
    """Path of a Firefox."""
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    if not found:
        pytest.skip("no Firefox here: apt install firefox-esr")
    if own_address() == "127.0.0.1":
        pytest.skip("no network: Firefox connects to no loopback address")
    return found


def enter_by_firefox(page: Firefox, product: Product, who: str, room: str) -> None:
    page.goto(f"{product.url}/")
    fill = """(who, password) => {
      document.querySelector('input[name=login]').value = who;
      document.querySelector('input[name=password]').value = password;
      document.querySelector('input[name=password]').form.requestSubmit();
    }"""
    page.run(fill, who, PASSWORD)
    page.until(
        "not signed in", "() => document.querySelector('input[name=login]') === null && document.readyState === 'complete'"
    )
    page.goto(room)
    page.click("[data-testid=enter]")
    page.until("not in the room", "() => !!document.querySelector('[data-testid=link][data-phase=inside][data-down=connected]')")


def decodes_more(read: Callable[[], Any]) -> bool:
    """Whether frames come and are decoded, within 10 s."""
    before: int = read()["frames"]
    for _ in range(50):
        time.sleep(0.2)
        if read()["frames"] > before + 10:
            return True
    return False


def test_firefox_sees_and_is_seen(tmp_path: Path, chromium: str, firefox_program: str) -> None:
    device = fakemedia.site()
    with (
        running(planted(tmp_path / "product"), **SMALL_RECORDING) as product,
        browsers(chromium) as open_,
        firefox(firefox_program, tmp_path / "firefox") as page,
    ):
        with sqlite3.connect(product.data / "db.sqlite3") as database:
            (session,) = database.execute("select public_id from conference_session where not rehearsal").fetchone()
        room = f"{product.url}/hop/{session}/"
        browser = open_.open(device)
        chair, presenter = open_.page(browser), open_.page(browser)
        chair.add_init_script(f"({REMEMBER_CONNECTIONS})()")
        for who, one in (("chu-tri", chair), ("bao-cao-vien", presenter)):
            one.set_default_timeout(PATIENT_MS)
            sign_in(one, product, who)
            enter_room(one, room)
        chair.get_by_role("button", name="Mở phòng").first.click()
        chair.get_by_role("button", name="Bắt đầu hội nghị").first.click()
        chair.get_by_role("button", name="Bắt đầu: Chuyên đề").click()
        expect(presenter.get_by_test_id("air")).to_have_attribute("data-air", "heard", timeout=PATIENT_MS)

        page.before_scripts(REMEMBER_CONNECTIONS)
        enter_by_firefox(page, product, "diem-cau", room)
        assert device.colour is not None
        red, green, blue = device.colour

        def is_presenter(seen: dict[str, Any]) -> bool:
            return Picture(tuple(seen["size"]), seen["moved"], tuple(seen["mean"])).looks_like((red, green, blue))

        page.until("Firefox does not see the presenter", "() => !!document.querySelector('[data-testid=speaker-video]')")
        page.until("Firefox does not see the presenter move", LOOK, "speaker-video", fits=is_presenter, tries=12)
        page.until("Firefox does not hear the presenter", COUNTERS, fits=lambda counted: counted["energy"] > 0.001)
        assert decodes_more(lambda: page.run(COUNTERS))
        assert {"video/VP8", "audio/opus"} <= set(page.run(COUNTERS)["received"])

        page.until("Firefox cannot ask for the floor", ASK_FOR_THE_FLOOR)
        chair.get_by_role("button", name=f"Mời {SITE} phát biểu").click()
        picture = until(lambda: look(chair), lambda shown: shown.is_alive and not shown.looks_like((red, green, blue)))
        assert picture.is_alive and not picture.looks_like((red, green, blue)), picture
        sound = until(lambda: listen(chair), lambda heard: heard.level_at(FIREFOX_TONE_HZ) > -60)
        assert sound.level_at(FIREFOX_TONE_HZ) > -60, (sound.hertz, sound.decibels)

        assert decodes_more(lambda: chair.evaluate(COUNTERS))
        assert {"video/VP8", "audio/opus"} <= set(chair.evaluate(COUNTERS)["received"])
        # On a busy machine Firefox leaves out the largest picture.
        small = {"q", "h"}
        sent = page.until("Firefox sends no layers", COUNTERS, fits=lambda seen: small <= set(seen["sent"]))["sent"]
        widths = [sent[layer][1] for layer in "qhf" if layer in sent]
        assert widths == sorted(set(widths)), widths
        assert {codec for codec, _ in sent.values()} == {"video/VP8", "audio/opus"}
