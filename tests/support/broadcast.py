"""A session that is live and recorded, in a running product's data, whose segments the test itself adds.

``python -m tests.support.broadcast begin USER`` prints the ids as JSON; ``… finish RECORDING DURATION_MS`` says that it is over.
Both with the product's environment.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from tests.support.replay import ZERO_MS, write_hls


class Feed:
    """Segments that are made before, and that come one by one to where egress would write them."""

    def __init__(self, made: Path, folder: Path, count: int) -> None:
        write_hls(made, 2 * count)
        self._made, self._folder, self._listed = made, folder, 0
        (folder / "hls").mkdir(parents=True)
        shutil.copy(made / "hls" / "init.mp4", folder / "hls" / "init.mp4")
        for number in range(count):  # ffmpeg counts from 0, egress from 1
            shutil.copy(made / "hls" / f"seg-{number:05d}.m4s", folder / "hls" / f"seg-{number + 1:05d}.m4s")

    @property
    def duration_ms(self) -> int:
        return 2_000 * self._listed

    def add(self, count: int = 1, *, last: bool = False) -> None:
        """List further segments, as :mod:`media.egress.hls` does."""
        self._listed += count
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            "#EXT-X-TARGETDURATION:2",
            "#EXT-X-MEDIA-SEQUENCE:1",
            "#EXT-X-PLAYLIST-TYPE:EVENT",
        ]
        lines += ["#EXT-X-INDEPENDENT-SEGMENTS", '#EXT-X-MAP:URI="init.mp4"']
        for number in range(1, self._listed + 1):
            lines += ["#EXTINF:2.000000,", f"seg-{number:05d}.m4s"]
        lines += ["#EXT-X-ENDLIST"] if last else []
        self._write("hls/index.m3u8", "\n".join(lines) + "\n")
        status = json.loads((self._made / "recording.json").read_text())
        state = "done" if last else "live"
        self._write("recording.json", json.dumps(status | {"state": state, "duration_ms": self.duration_ms}))

    def _write(self, name: str, text: str) -> None:
        unfinished = self._folder / f"{name}.part"
        unfinished.write_text(text)
        unfinished.replace(self._folder / name)


def begin(username: str) -> dict[str, str]:
    """A live session with a recording that has no segment yet, and two agenda items in its history; that person may watch."""
    from conference.domain.program import Program, State
    from conference.models import AgendaItem, Conference, ProgramEntry, RosterEntry, Session
    from core.clock import from_ms
    from media import services
    from people.models import User
    from people.permissions import Role

    conference = Conference.objects.order_by("pk")[0]
    start = from_ms(ZERO_MS)
    session = Session.objects.create(
        conference=conference, title="Phiên đang họp", planned_start=start, state=State.LIVE, started_at=start
    )
    person = User.objects.get(username=username)
    RosterEntry.objects.create(session=session, person=person, unit=person.unit or conference.organiser, role=Role.VIEWER)
    recording = services.start_recording(session=session.public_id, title="Phiên đang họp")
    Session.objects.filter(pk=session.pk).update(recording_id=recording.public_id)
    program = Program().to_state(State.LIVE, at_ms=ZERO_MS)
    for number, title in enumerate(("Khai mạc", "Nhiệm vụ, giải pháp")):
        item = AgendaItem.objects.create(session=session, position=number, title=title, planned_start=start, planned_minutes=1)
        at_ms = ZERO_MS + 20_000 * number
        program = program.start_item(item.public_id, at_ms=at_ms, presenter=None)
        kept = program.dump()
        ProgramEntry.objects.create(session=session, seq=number + 1, at=from_ms(at_ms), kind="agenda.started", program=kept)
    return {"session": session.public_id, "recording": recording.public_id}


def finish(recording_id: str, duration_ms: int) -> None:
    """The recording is complete, whether or not the product's own sweep has found that already."""
    from media import services

    services.finish_recording(recording=recording_id, zero_ms=ZERO_MS, duration_ms=duration_ms)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    django.setup()
    if sys.argv[1] == "begin":
        print(json.dumps(begin(sys.argv[2])))
    else:
        finish(sys.argv[2], int(sys.argv[3]))
