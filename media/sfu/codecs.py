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


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec as the session uses it downwards and in captures. ``rtx`` is the payload type of its retransmissions."""

    name: str
    sdp_name: str
    media: Media
    payload_type: int
    clock_hz: int
    rtx: int | None
    fmtp: str = ""


OPUS = Codec("opus", "opus/48000/2", "audio", 111, 48_000, None, "minptime=10;useinbandfec=1")
VP8 = Codec("vp8", "VP8/90000", "video", 96, 90_000, 97)
BY_NAME = {codec.name: codec for codec in (OPUS, VP8)}


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in every down connection. Voices carry sound, the others pictures; its mid is the name."""

    mid: str
    codec: Codec


SLOTS = (
    Slot("voice0", OPUS),
    Slot("voice1", OPUS),
    Slot("voice2", OPUS),
    Slot("speaker", VP8),
    Slot("content", VP8),
)
VOICES = tuple(slot.mid for slot in SLOTS if slot.codec is OPUS)
