"""Which fan-out this machine gets."""

from __future__ import annotations

import os

import structlog

from media.sfu import fanout_native, outgoing
from media.sfu.fanout import Fanout
from media.sfu.fanout_python import PythonFanout
from media.sfu.udp import UdpPort

log = structlog.get_logger(__name__)


def make_fanout(udp: UdpPort) -> Fanout:
    """The fastest: compiled where ``./diemcau`` found a compiler (unless ``DIEMCAU_FANOUT=python``), else in Python."""
    out = outgoing.make(udp)
    lib = fanout_native.load() if os.environ.get("DIEMCAU_FANOUT", "") != "python" else None
    kind = "native" if lib is not None else "python"
    log.info("media.fanout", kind=kind, segmentation=out.segmentation)
    return fanout_native.NativeFanout(out, lib, udp.fileno) if lib is not None else PythonFanout(out)
