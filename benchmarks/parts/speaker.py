"""A simulated speaker that makes a key frame when it is asked for one, as a browser does, at a small part of a browser's cost."""

from __future__ import annotations

import asyncio
import io
from fractions import Fraction

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.frame import PictureType
from av.video.stream import VideoStream

from conference import protocol
from deploy.command.simulate.page import Page

WIDTH, HEIGHT, FRAMES_PER_S = 320, 180, 25
VOICE_S = 0.02
CALM_FRAMES = 10
Colour = tuple[int, int, int]


class Camera:
    """A wall of one colour, in VP8: a key frame, and a frame in which nothing has changed, which may follow any other."""

    def __init__(self, colour: Colour) -> None:
        with av.open(io.BytesIO(), "w", format="webm") as container:
            encoder = container.add_stream("libvpx", rate=FRAMES_PER_S)
            assert isinstance(encoder, VideoStream)
            encoder.width, encoder.height, encoder.pix_fmt, encoder.bit_rate = WIDTH, HEIGHT, "yuv420p", 150_000
            encoder.options = {"deadline": "realtime", "lag-in-frames": "0", "auto-alt-ref": "0", "error-resilient": "default"}
            frames = []
            for number in range(CALM_FRAMES):
                wall = av.VideoFrame.from_ndarray(np.full((HEIGHT, WIDTH, 3), colour, np.uint8), format="rgb24")
                wall.pts, wall.time_base = number, Fraction(1, FRAMES_PER_S)
                wall.pict_type = PictureType.NONE if number else PictureType.I
                frames += [bytes(packet) for packet in encoder.encode(wall)]
        self._key, self._calm = frames[0], frames[-1]

    def take(self, *, key: bool) -> bytes:
        """The next picture, on its own where ``key``."""
        return self._key if key else self._calm


class Speaker:
    """One seat: its camera runs while it is on air or may be given the floor, its microphone while it has the floor."""

    def __init__(self, page: Page, colour: Colour, voice: list[bytes]) -> None:
        """``voice``: encoded sound, of :data:`VOICE_S` each."""
        self.page = page
        self.ready = asyncio.Event()
        """It could be heard and seen."""
        self._camera = Camera(colour)
        self._voice = voice

    async def run(self) -> None:
        """Come in and stay until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.page.run())
            group.create_task(self._send())

    async def ask(self) -> None:
        """Ask for the floor."""
        await self.page.do(protocol.FloorRequest(type="floor.request"))

    async def _send(self) -> None:
        await self.page.joined.wait()
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        spoken = 0
        begins = True
        while True:
            due_s = max(due_s + 1 / FRAMES_PER_S, loop.time())
            await asyncio.sleep(due_s - loop.time())
            up = self.page.sending
            if up is None:
                continue
            self.ready.set()
            floor = self.page.program.floor
            if self.page.seat not in (floor.holder, *(request.seat for request in floor.queue)):
                begins = True
                continue
            now_us = self.page.clock.now_us()
            up.camera.send_picture(self._camera.take(key=begins or up.camera.keyframe_wanted), now_us)
            up.camera.keyframe_wanted = begins = False
            if self.page.holds_floor:
                for _ in range(round(1 / FRAMES_PER_S / VOICE_S)):
                    up.microphone.send_voice(self._voice[spoken % len(self._voice)], now_us, begins=spoken == 0)
                    now_us += round(VOICE_S * 1e6)
                    spoken += 1


def voice() -> list[bytes]:
    """A second of a tone, as Opus frames."""
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as written:
        stream = written.add_stream("libopus", rate=48_000)
        assert isinstance(stream, AudioStream)
        stream.layout = "mono"
        tone = (np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000) * 8_000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(tone.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = 48_000, 0
        written.mux([*stream.encode(frame), *stream.encode(None)])
    file.seek(0)
    with av.open(file, "r") as read:
        return [bytes(packet) for packet in read.demux() if packet.size]
