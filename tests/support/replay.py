"""A finished recording of an ended session inside a module, and a short quiz, in a running product's data.

Run as ``python -m tests.support.replay USER[:ROLE]…`` with the product's environment: prints the ids as JSON. The picture counts
seconds and the sound is a tone, made by the real ffmpeg; renditions are made by the product's worker.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

DURATION_S = 60
ZERO_MS = 1_790_000_000_000
GIFT = """
::Một::Cơ quan nào ban hành Nghị quyết số 57-NQ/TW?{=Bộ Chính trị ~Ban Bí thư ~Quốc hội}

::Hai::Chọn hai mục tiêu xếp hạng.{~%50%Nhóm 3 Đông Nam Á ~%50%Nhóm 30 thế giới ~%-50%Đứng đầu châu Á}

::Ba::Kinh tế số đến năm 2030 chiếm bao nhiêu phần trăm GDP?{#30}

::Bốn::Nối sự kiện với ngày.{=Ban hành -> 22/12/2024 =Hội nghị toàn quốc -> 13/01/2025}
"""


def write_hls(folder: Path, duration_s: int = DURATION_S) -> None:
    """fMP4 HLS of 2 s segments as egress leaves it, and its ``recording.json``."""
    program = shutil.which("ffmpeg")
    assert program, "no ffmpeg"
    hls = folder / "hls"
    hls.mkdir(parents=True)
    argv = [program, "-v", "error", "-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate=12:duration={duration_s}"]
    argv += ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={duration_s}"]
    argv += [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv420p",
        "-g",
        "24",
        "-keyint_min",
        "24",
        "-sc_threshold",
        "0",
    ]
    argv += ["-c:a", "aac", "-b:a", "48k", "-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod"]
    argv += ["-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4"]
    argv += ["-hls_segment_filename", str(hls / "seg-%05d.m4s"), str(hls / "index.m3u8")]
    subprocess.run(argv, check=True, timeout=120)
    status = {"state": "done", "zero_ms": ZERO_MS, "duration_ms": duration_s * 1000, "height": 720, "fps": 12}
    (folder / "recording.json").write_text(json.dumps(status | {"codecs": "avc1.42c01f,mp4a.40.2"}))


def make(usernames: list[str], duration_s: int = DURATION_S) -> dict[str, str]:
    """The rows and files; public ids of the module, its recording activity and its quiz. Who has no role is a delegate."""
    from conference.domain.program import State
    from conference.models import Conference, RosterEntry, Session
    from media import services
    from media.models import Chapter
    from people.models import User
    from people.permissions import Role
    from training.models import Activity, Module, Programme, Quiz
    from training.modules.domain.activities import Kind
    from training.quiz.banking import import_gift, set_questions

    conference = Conference.objects.order_by("pk")[0]
    start = dt.datetime.fromtimestamp(ZERO_MS / 1000, dt.UTC)
    session = Session.objects.create(
        conference=conference,
        title="Phiên đã ghi",
        planned_start=start,
        state=State.ENDED,
        started_at=start,
        ended_at=start + dt.timedelta(seconds=duration_s),
    )
    roles = {name: role for name, _, role in (each.partition(":") for each in usernames)}
    for user in User.objects.filter(username__in=roles):
        role = roles[user.username] or Role.DELEGATE
        RosterEntry.objects.create(session=session, person=user, unit=user.unit or conference.organiser, role=role)
    recording = services.start_recording(session=session.public_id, title="Hội nghị quán triệt Nghị quyết số 57-NQ/TW")
    Session.objects.filter(pk=session.pk).update(recording_id=recording.public_id)
    write_hls(recording.folder, duration_s)
    services.finish_recording(recording=recording.public_id, zero_ms=ZERO_MS, duration_ms=duration_s * 1000)
    services.set_chapters(
        recording=recording,
        chapters=[
            services.ChapterMark(0, "Khai mạc"),
            services.ChapterMark(duration_s * 250, "Quan điểm chỉ đạo"),
            services.ChapterMark(duration_s * 500, "Giải lao", Chapter.Kind.BREAK),
            services.ChapterMark(duration_s * 600, "Nhiệm vụ, giải pháp"),
        ],
    )
    programme = Programme.objects.create(title="Chương trình thử")
    module = Module.objects.create(programme=programme, position=1, title="Đột phá phát triển khoa học, công nghệ")
    quiz = Quiz.objects.create(title="Trắc nghiệm ngắn", time_limit_s=900, max_attempts=3, pass_percent=Decimal(50))
    set_questions(quiz=quiz, questions=import_gift(programme=programme, data=GIFT.encode(), by=None).questions)
    Activity.objects.create(module=module, position=1, kind=Kind.SESSION, title="Dự hội nghị trực tuyến", session=session)
    replay = Activity.objects.create(
        module=module, position=2, kind=Kind.RECORDING, title="Xem lại bản ghi", session=session, required=False
    )
    Activity.objects.create(module=module, position=3, kind=Kind.QUIZ, title=quiz.title, quiz=quiz)
    return {
        "module": module.public_id,
        "replay": replay.public_id,
        "quiz": quiz.public_id,
        "recording": recording.public_id,
        "session": session.public_id,
    }


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    django.setup()
    print(json.dumps(make(sys.argv[1:])))
