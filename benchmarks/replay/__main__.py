"""``./diemcau bench replay [--minutes N]``: what a recording costs, how soon it can be replayed, and what a death takes from it.

The whole product runs; a simulated presenter sends the clapboard (numbered pictures, a flash with a beep every two seconds) in
720p25 through the media node. First session: ``--minutes`` long, undisturbed. Second session: a minute, in which the composing
process and then the media node are killed. Everything is read off the files that a viewer would get.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.parts import report
from benchmarks.parts.host import spread
from benchmarks.replay.watch import EgressWatch
from core.clock import monotonic_s
from media.egress.status import read_status
from media.simpeer_clip import Clip
from media.vod.run import ffmpeg_binary
from tests.support import clapboard
from tests.support.clapstage import staged
from tests.support.product import Product, running

WIDTH, HEIGHT = 1280, 720
EDGE_S = 20.0
"""The beginning and the end are the first and the last so many seconds."""
COMPARED = 200
PLATE_FROM = 0.78
"""Below this share of the height the name plate stands, which nobody sent."""
SETTLED_S = 12.0
MOST_PLAYABLE_S, MOST_OFFSET_MS, MOST_CORES, MOST_LOST_S, LEAST_SSIM = 3.0, 40.0, 0.6, 1.5, 0.95


@dataclass(frozen=True, slots=True)
class Recorded:
    """One session's recording."""

    hls: Path
    zero_us: int
    sent: list[tuple[int, int]]
    playable_s: float
    cores: float
    delays_s: list[float]
    killed_us: list[int]
    """When the composing process and the node were killed."""


async def record(product: Product, loop: Clip, seconds: float, *, kill: bool) -> Recorded:
    """Hold a session of so many seconds; with ``kill``, egress and node die in it."""
    async with staged(product, loop) as stage, asyncio.TaskGroup() as group:
        watch = EgressWatch(stage)
        watching = group.create_task(watch.run())
        began_s, killed_us = monotonic_s(), []
        if kill:
            for name in ("egress", "node"):
                await asyncio.sleep(seconds / 3)
                killed_us.append(round(stage.kill(name) * 1e6))
                print(f"killed {name}", flush=True)
            await asyncio.sleep(seconds / 3)
        else:
            await asyncio.sleep(seconds)
        ended_s = await stage.end()
        playable_s, _ = await stage.until_playable()
        watching.cancel()
        lasted_s = ended_s - began_s
        status = read_status(stage.folder)
        assert status is not None
        return Recorded(
            stage.folder / "hls" / "index.m3u8", status.zero_ms * 1000, list(stage.performance.sent), playable_s - ended_s,
            sum(watch.cpu_s.values()) / lasted_s, watch.delays_s, killed_us,
        )  # fmt: skip


def offsets(recorded: Recorded) -> tuple[list[clapboard.Seen], float, float]:
    """All pictures, and how far the sound is from them (ms, the worse side of zero): in the beginning and at the end."""
    pictures = clapboard.read_pictures(recorded.hls)
    claps = clapboard.offsets_ms(pictures, clapboard.beeps_at_s(*clapboard.read_sound(recorded.hls)))
    length_s = pictures[-1].at_s
    first = [offset for at_s, offset in claps if at_s < EDGE_S]
    last = [offset for at_s, offset in claps if at_s > length_s - EDGE_S]
    if not first or not last:
        raise SystemExit(f"the claps cannot be read: {len(claps)} in {length_s:.0f} s")
    return pictures, max(first, key=abs), max(last, key=abs)


def lost_s(recorded: Recorded, pictures: list[clapboard.Seen]) -> dict[str, float]:
    """What was sent and does not stand in the file, in seconds: around the death of the composing process, and of what the node
    had before it died."""
    egress_us, node_us = recorded.killed_us
    around = (egress_us - recorded.zero_us) / 1e6
    stills = [length for begin, length in clapboard.still_s(pictures) if around - 10 < begin < around + 10]
    at_kill = [number for at_us, number in recorded.sent if at_us <= node_us][-1]
    died_s = (node_us - recorded.zero_us) / 1e6
    shown = [seen.number for seen in pictures if seen.number is not None and seen.at_s < died_s + 2.0]
    behind = (at_kill - shown[-1] + clapboard.LOOP_FRAMES // 2) % clapboard.LOOP_FRAMES - clapboard.LOOP_FRAMES // 2
    return {"egress": sum(stills), "node": max(0, behind) / clapboard.FPS}


def similarity(recorded: Recorded, loop: Clip, folder: Path) -> float:
    """SSIM (luma, without the part where the name plate stands) of composed pictures against the ones that were sent."""
    rows = int(HEIGHT * PLATE_FROM)
    sent: dict[int, bytes] = {}
    decoder = clapboard.decoder()
    for number, piece in enumerate(piece for piece in loop.pieces if not piece.voice):
        sent[number] = clapboard.decoded(decoder, piece.data)[:rows].tobytes()
    with (folder / "sent.gray").open("wb") as ours, (folder / "composed.gray").open("wb") as composed:
        count = 0

        def keep(seen: clapboard.Seen, luma: clapboard.Plane) -> None:
            nonlocal count
            if seen.number is not None and seen.at_s > SETTLED_S and count < COMPARED:
                count += 1
                ours.write(sent[seen.number])
                composed.write(np.ascontiguousarray(luma[:rows]).tobytes())

        clapboard.read_pictures(recorded.hls, keep, until_s=SETTLED_S + COMPARED / clapboard.FPS + 5)
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{rows}", "-i"]
    argv = [ffmpeg_binary(), "-hide_banner", *raw, str(folder / "sent.gray"), *raw, str(folder / "composed.gray")]
    said = subprocess.run([*argv, "-lavfi", "ssim", "-f", "null", "-"], capture_output=True, text=True, check=True).stderr
    found = re.search(r"SSIM Y:([0-9.]+)", said)
    if found is None:
        raise SystemExit(said)
    return float(found[1])


def main() -> int:
    """Returns the exit code: 1 where a must is not met."""
    parser = argparse.ArgumentParser(prog="diemcau bench replay", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    print("the clapboard is being made", flush=True)
    loop = clapboard.clip(WIDTH, HEIGHT)
    with tempfile.TemporaryDirectory() as folder:
        with running(Path(folder) / "one") as product:
            print(f"{options.minutes:g} minutes undisturbed", flush=True)
            calm = asyncio.run(record(product, loop, options.minutes * 60, kill=False))
            pictures, first_ms, last_ms = offsets(calm)
            ssim = similarity(calm, loop, Path(folder))
        with running(Path(folder) / "two") as product:
            print("one minute with deaths", flush=True)
            killed = asyncio.run(record(product, loop, 60, kill=True))
            lost = lost_s(killed, clapboard.read_pictures(killed.hls))
    latency = spread(calm.delays_s)
    figures = {
        "minutes": options.minutes,
        "end_to_playable_s": round(calm.playable_s, 2),
        "end_to_playable_after_a_minute_s": round(killed.playable_s, 2),
        "av_offset_ms": round(max(abs(first_ms), abs(last_ms)), 1),
        "av_offset_first_ms": round(first_ms, 1),
        "av_offset_last_ms": round(last_ms, 1),
        "egress_cores": round(calm.cores, 3),
        "lost_s_after_kill": round(max(lost.values()), 2),
        "lost_s_after_egress_killed": round(lost["egress"], 2),
        "lost_s_after_node_killed": round(lost["node"], 2),
        "still_s": round(sum(length for _, length in clapboard.still_s(pictures[clapboard.FPS * 10 :])), 2),
        "live_latency_s": round(latency[0], 2),
        "live_latency_most_s": round(latency[2], 2),
        "ssim": round(ssim, 4),
    }
    report.write("replay", figures, options.json)
    return report.judged(
        {
            f"playable at most {MOST_PLAYABLE_S:g} s after the end": max(calm.playable_s, killed.playable_s) <= MOST_PLAYABLE_S,
            f"sound and picture at most {MOST_OFFSET_MS:g} ms apart": max(abs(first_ms), abs(last_ms)) <= MOST_OFFSET_MS,
            f"composed with at most {MOST_CORES:g} of a core": calm.cores <= MOST_CORES,
            f"at most {MOST_LOST_S:g} s lost by a death": max(lost.values()) <= MOST_LOST_S,
            f"likeness at least {LEAST_SSIM:g}": ssim >= LEAST_SSIM,
        }
    )


if __name__ == "__main__":
    raise SystemExit(main())
