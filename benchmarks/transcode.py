"""``./diemcau bench transcode``: everything that is made of a recording, by the jobs of one worker, against one bare ffmpeg.

The source is made here: moving pictures of 720 lines, a noise with the rhythm of speech. Ours is what a worker does (with its two
places for heavy jobs) from the moment a recording is finished until nothing is left to do: rows, messages, measuring, every
file. The peer measures the loudness in a first run and makes the same files in a second one, on all processors, decoding once and
encoding each thing once (ffmpeg's ``tee`` writes it to several places), with the same settings and the same ``nice``. It has no
rows, no progress, no parts, nothing that could be stopped or taken up again.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.parts import report
from benchmarks.parts.host import spread

if TYPE_CHECKING:
    from multiprocessing.synchronize import Condition, Event

    from media.models import Recording

MUST_RATIO = 1.05
HEIGHTS = ("480p", "240p")
ASLEEP_S = 1.0
"""A place that has nothing to do is woken by what another one finishes, as a message would; this long at most without."""
_HLS = "f=hls:hls_time=2:hls_playlist_type=vod:hls_segment_type=fmp4:hls_fmp4_init_filename=init.mp4"
_LOG = ("-hide_banner", "-nostdin", "-nostats", "-y")


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by the clock, and of processors."""

    wall: float
    cpu: float


def make_source(folder: Path, duration_s: int) -> None:
    """A finished recording of 720 lines at 25 pictures a second, with a key frame every 2 s."""
    from media.vod.run import ffmpeg_binary

    hls = folder / "hls"
    hls.mkdir(parents=True)
    picture = f"testsrc2=size=1280x720:rate=25:duration={duration_s},noise=alls=6:allf=t"
    sound = f"anoisesrc=color=pink:sample_rate=48000:amplitude=0.2:duration={duration_s},tremolo=f=4:d=0.8"
    argv = [ffmpeg_binary(), *_LOG, "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-c:v", "libx264"]
    argv += ["-preset", "veryfast", "-crf", "25", "-pix_fmt", "yuv420p", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0"]
    argv += ["-bf", "0", "-c:a", "aac", "-b:a", "96k", "-ac", "1", "-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod"]
    argv += ["-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4", "-start_number", "1"]
    argv += ["-hls_segment_filename", str(hls / "seg-%05d.m4s"), str(hls / "index.m3u8")]
    subprocess.run(argv, check=True)
    status = {"state": "done", "zero_ms": 0, "duration_ms": 1000 * duration_s, "height": 720, "fps": 25}
    (folder / "recording.json").write_text(json.dumps(status | {"codecs": "avc1.64001f,mp4a.40.2"}))


def ours(recording: Recording) -> Took:
    """One worker with its two places, from the end of the recording to the end of the work. Raises RuntimeError where something
    failed. The places are processes that are there before, as a worker's are."""
    from django.db import connections

    from media.models import Rendition
    from media.tasks import HEAVY_AT_ONCE
    from media.vod.renditions import queue_renditions

    recording.renditions.all().delete()
    for path in recording.folder.iterdir():
        if path.name not in ("hls", "recording.json"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    begin, news = fork.Event(), fork.Condition()
    places = [fork.Process(target=_place, args=(begin, news, recording.pk)) for _ in range(HEAVY_AT_ONCE)]
    for place in places:
        place.start()
    began = _clock()
    queue_renditions(recording=recording)
    begin.set()
    for place in places:
        place.join()
    took = _since(began)
    if unmade := recording.renditions.exclude(state=Rendition.State.DONE).values_list("kind", "error_code"):
        raise RuntimeError(f"not made: {list(unmade)}")
    return took


def _place(begin: Event, news: Condition, recording: int) -> None:
    """What one of a worker's places does: job after job, until all is settled."""
    from media.models import Rendition
    from media.work.kinds import next_jobs

    begin.wait()
    going = [Rendition.State.QUEUED, Rendition.State.RUNNING]
    while Rendition.objects.filter(recording=recording, state__in=going).exists():
        if (job := next(next_jobs(), None)) is None:
            with news:
                news.wait(ASLEEP_S)
        else:
            kind, public_id = job
            kind.do(public_id)
            with news:
                news.notify_all()


def peer(source: Path, folder: Path, duration_s: int) -> Took:
    """Two runs of ffmpeg: one that measures, one that makes."""
    from media.vod.loudness import gain_db, read_lufs
    from media.vod.run import ffmpeg_binary

    shutil.rmtree(folder, ignore_errors=True)
    for name in ("full", *HEIGHTS, "audio", "thumbs"):
        (folder / name).mkdir(parents=True)
    nice = ("nice", "-n", "10", ffmpeg_binary(), *_LOG)
    began = _clock()
    measuring = [
        *nice,
        "-i",
        str(source),
        "-af",
        "aformat=channel_layouts=mono,ebur128=framelog=verbose",
        "-vn",
        "-f",
        "null",
        "-",
    ]
    lufs = read_lufs(subprocess.run(measuring, check=True, capture_output=True, text=True).stderr.splitlines())
    if lufs is None:
        raise RuntimeError("ffmpeg says nothing of the loudness")
    subprocess.run([*nice, "-v", "error", *peer_argv(source, folder, gain_db(lufs), duration_s)], check=True)
    return _since(began)


def peer_argv(source: Path, folder: Path, gain: float, duration_s: int) -> list[str]:
    """The second run: each thing encoded once, and written wherever it belongs."""
    poster_s = min(30.0, duration_s * 0.3)
    graph = (
        "[0:v]split=4[a][b][c][d];[a]scale=854:480,setsar=1[v0];[b]scale=426:240,setsar=1[v1];"
        "[c]select='not(mod(n,150))',scale=160:90,tile=10x10[tiles];"
        f"[d]select='gte(t,{poster_s})',trim=end_frame=1[poster];"
        f"[0:a]aformat=channel_layouts=mono,volume={gain:.2f}dB,aresample=192000,"
        "alimiter=attack=5:latency=1:level=disabled:limit=0.7499:release=50,aresample=48000,asplit=2[a0][a1]"
    )
    argv = ["-i", str(source), "-filter_complex", graph]
    argv += ["-map", "[v0]", "-map", "[v1]", "-map", "0:v", "-map", "[a0]", "-map", "[a1]"]
    common = {"c": "libx264", "bf": 0, "preset": "veryfast", "profile": "main", "g": 50, "keyint_min": 50, "sc_threshold": 0}
    for number, (crf, most) in enumerate(((24, 700), (26, 220))):
        for option, value in (common | {"crf": crf, "maxrate": f"{most}k", "bufsize": f"{2 * most}k"}).items():
            argv += [f"-{option}:v:{number}", str(value)]
    argv += ["-c:v:2", "copy", "-c:a", "aac", "-b:a:0", "96k", "-b:a:1", "40k", "-flags", "+global_header"]
    outputs = [
        f"[{_HLS}:select=\\'{chosen}\\':hls_segment_filename={folder / name}/seg-%05d.m4s]{folder / name}/index.m3u8"
        for name, chosen in (("480p", "v:0,a:0"), ("240p", "v:1,a:0"), ("full", "v:2,a:0"), ("audio", "a:1"))
    ]
    outputs += [
        f"[f=mp4:select=\\'v:2,a:0\\':movflags=+faststart]{folder}/video.mp4",
        f"[f=mp4:select=\\'a:0\\']{folder}/sound.m4a",
    ]
    argv += ["-f", "tee", "|".join(outputs)]
    argv += ["-map", "[tiles]", "-fps_mode", "passthrough", "-q:v", "5", str(folder / "thumbs" / "sheet-%03d.jpg")]
    return [*argv, "-map", "[poster]", "-frames:v", "1", "-q:v", "3", "-update", "1", str(folder / "poster.jpg")]


def _clock() -> Took:
    used = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    return Took(time.monotonic(), sum(one.ru_utime + one.ru_stime for one in used))


def _since(began: Took) -> Took:
    ended = _clock()
    return Took(ended.wall - began.wall, ended.cpu - began.cpu)


def prepare(data: Path, duration_s: int) -> Recording:
    """A data folder with its tables, and the recording in it."""
    os.environ["DIEMCAU_DATA"] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from media.models import Recording

    logging.disable(logging.INFO)
    call_command("migrate", verbosity=0)
    recording = Recording.objects.create(
        session="bench", title="Hội nghị", state=Recording.State.DONE, duration_ms=1000 * duration_s
    )
    make_source(recording.folder, duration_s)
    return recording


def main() -> int:
    """Returns the exit code: 1 where ours takes more than its share longer than bare ffmpeg in the median."""
    parser = argparse.ArgumentParser(prog="diemcau bench transcode", description=__doc__)
    parser.add_argument("--seconds", type=int, default=150, help="length of the recording")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    mine, theirs = list[Took](), list[Took]()
    with tempfile.TemporaryDirectory() as folder:
        recording = prepare(Path(folder) / "data", options.seconds)
        source = recording.folder / "hls" / "index.m3u8"
        for number in range(options.rounds):
            mine.append(ours(recording))
            theirs.append(peer(source, Path(folder) / "peer", options.seconds))
            print(f"round {number + 1}: ours {mine[-1].wall:.2f} s, ffmpeg {theirs[-1].wall:.2f} s", flush=True)
    our, our_least, our_most = spread([took.wall for took in mine])
    peer_s, peer_least, peer_most = spread([took.wall for took in theirs])
    ratio, least, most = spread([one.wall / other.wall for one, other in zip(mine, theirs, strict=True)])
    figures: dict[str, float | str] = {
        "source": f"{options.seconds} s, 720p25",
        "heights": " ".join(HEIGHTS),
        "rounds": options.rounds,
        "ours_s": round(our, 2),
        "ours_least_s": round(our_least, 2),
        "ours_most_s": round(our_most, 2),
        "ffmpeg_s": round(peer_s, 2),
        "ffmpeg_least_s": round(peer_least, 2),
        "ffmpeg_most_s": round(peer_most, 2),
        "ours_cpu_s": round(spread([took.cpu for took in mine])[0], 2),
        "ffmpeg_cpu_s": round(spread([took.cpu for took in theirs])[0], 2),
        "ratio_to_ffmpeg": round(ratio, 3),
        "ratio_least": round(least, 3),
        "ratio_most": round(most, 3),
        "must_ratio": MUST_RATIO,
    }
    report.write("transcode", figures, options.json)
    return report.judged({f"at most {MUST_RATIO} of the time of bare ffmpeg": ratio <= MUST_RATIO})


if __name__ == "__main__":
    sys.exit(main())
