"""What the machine can do at most: protect and send the same packets in a bare loop, by the node's own fan-out and no more.

``python -m benchmarks.forward.limit ADDRESS PORT COUNT SECONDS CORE``, run in the namespace and on the core, prints what was sent
and the seconds of CPU as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from aiortc.rtcdtlstransport import SRTP_AEAD_AES_128_GCM

from benchmarks.forward.load import PACKETS_PER_FRAME, PICTURE_BYTES
from benchmarks.parts.host import core_time
from media.sfu.codecs import SLOTS, VP8
from media.sfu.down import DownTrack
from media.sfu.dtls import Srtp
from media.sfu.fanout_choice import make_fanout
from media.sfu.udp import UdpPort, address_of
from media.sfu.up import UpTrack

KEY = bytes(28)


def main(address: str, port: int, count: int, seconds: float, core: int) -> dict[str, Any]:
    """Send to ``count`` ports from ``port`` on, until the time is over."""
    udp = UdpPort("0.0.0.0", 0)  # noqa: S104
    fanout = make_fanout(udp)
    layer = UpTrack("hub", "camera", VP8, (), fanout.audience).open_layer(None, 1)
    slot = next(slot for slot in SLOTS if slot.mid == "speaker")
    for number in range(count):
        track = DownTrack(slot, 0x1000 + number, 0x2000 + number, 1)
        track.outlet = fanout.outlet(
            Srtp(SRTP_AEAD_AES_128_GCM.libsrtp_profile, KEY, outbound=True), address_of(address, port + number)
        )
        track.follow(layer)
    sequence = 0
    before, until = core_time(core), time.monotonic() + seconds
    while time.monotonic() < until:
        for piece in range(PACKETS_PER_FRAME):
            descriptor = b"\x90\x80\x80\x01\x10\x00\x00\x00" if piece == 0 else b"\x80\x80\x80\x01"
            layer.accept(sequence & 0xFFFF, sequence * 600, False, descriptor + bytes(PICTURE_BYTES - len(descriptor)), 1)
            sequence += 1
        fanout.flush()
    after = core_time(core)
    return {"packets": fanout.sent, "busy_s": after.busy - before.busy, "dropped": fanout.dropped}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))))
