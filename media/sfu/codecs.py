"""The session's own codecs: payload types and header extension ids that never change, whatever a page offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Media = Literal["audio", "video"]
Kind = Literal["mic", "camera", "screen"]

URI_MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
URI_RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
URI_REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
URI_ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
URI_TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

ABS_SEND_TIME_ID = 2
MID_ID = 4


@dataclass(frozen=True, slots=True, eq=False)
class Codec:
    """A codec as the session uses it downwards and in captures. ``rtx`` is the payload type of its retransmissions. Each is there
    once, so they are compared by identity."""

    name: str
    sdp_name: str
    media: Media
    payload_type: int
    clock_hz: int
    rtx: int | None
    fmtp: str = ""


OPUS = Codec("opus", "opus/48000/2", "audio", 111, 48_000, None, "minptime=10;useinbandfec=1;usedtx=1")
RED = Codec("red", "red/48000/2", "audio", 63, 48_000, None, "111/111")
"""Opus with the packet before it repeated (RFC 2198)."""
VP8 = Codec("vp8", "VP8/90000", "video", 96, 90_000, 97)
H264 = Codec(
    "h264",
    "H264/90000",
    "video",
    102,
    90_000,
    103,
    "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
)
BY_NAME = {codec.name: codec for codec in (OPUS, RED, VP8, H264)}


@dataclass(frozen=True, slots=True)
class Types:
    """The payload types under which one peer gets a codec, and its retransmissions."""

    payload_type: int
    rtx: int | None


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in every down connection. Voices carry sound, the others pictures; its mid is the name. ``codecs``: what it may
    carry, best first."""

    mid: str
    media: Media
    codecs: tuple[Codec, ...]

    @property
    def types(self) -> dict[Codec, Types]:
        """The session's own payload types for all its codecs."""
        return {codec: Types(codec.payload_type, codec.rtx) for codec in self.codecs}


_SOUND, _PICTURE = (OPUS, RED), (VP8, H264)
SLOTS = (
    Slot("voice0", "audio", _SOUND),
    Slot("voice1", "audio", _SOUND),
    Slot("voice2", "audio", _SOUND),
    Slot("speaker", "video", _PICTURE),
    Slot("content", "video", _PICTURE),
)
VOICES = tuple(slot.mid for slot in SLOTS if slot.media == "audio")
