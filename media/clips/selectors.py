"""Reading clips: for the pages of those who cut and approve them, and for the public."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.errors import NotFound, _
from media.clips.models import Clip, ClipEvent
from media.clips.scenes import Scenes
from media.clips.shapes import SIZES, Shape, arrange
from media.clips.times import written
from media.egress.layout import Box
from media.keeping.selectors import GONE
from media.models import Recording
from media.selectors import recording_of
from media.work.left import left_s, left_words
from people.models import User
from people.names import file_stem
from people.permissions import Action, can

_TONES = {
    "draft": "plain", "queued": "info", "running": "info", "ready": "gold", "approved": "ok", "returned": "gold", "failed": "bad",
}  # fmt: skip
_TROUBLES = {
    "clip.failed": _("The video could not be made. Try again; if it fails again, tell the technicians."),
    "clip.timeout": _("Making the video took too long and was stopped. Try again when the server has less to do."),
    "clip.worker_lost": _("The server was interrupted several times while making the video. Try again."),
    "clip.no_space": _("There is not enough room on the server. Tell the technicians, then try again."),
    "clip.no_source": _("The recording’s files are not complete. Tell the technicians."),
    "clip.no_letters": _(
        "The captions were changed meanwhile, and now have letters that the picture’s typeface lacks. Make the clip without "
        "captions, or give the recording Vietnamese captions without these letters."
    ),
}
_WATCHABLE = (Clip.State.READY, Clip.State.APPROVED, Clip.State.RETURNED)


def clip_of(clip_id: str) -> Clip:
    """Raises NotFound, also where its recording is deleted, from that decision on."""
    found = Clip.objects.select_related("recording", "made_by", "edited_by", "approved_by").filter(public_id=clip_id).first()
    if found is None:
        raise NotFound("clip.not_found", _("This clip does not exist (any more)."))
    _check_there(found.recording)
    return found


def source_recording(public_id: str) -> Recording:
    """The recording that clips are cut out of. Raises NotFound, also where it is deleted, from that decision on."""
    recording = recording_of(public_id)
    _check_there(recording)
    return recording


def _check_there(recording: Recording) -> None:
    if recording.state in GONE:
        raise NotFound("recording.deleted", _("This recording has been deleted."))


class NotShared(NotFound):
    """There is no public clip there (any more)."""

    to_strangers = True


def shared_clip(share: str) -> Clip:
    """The approved clip behind a public link. Raises NotFound, for a link that was withdrawn as for one that never was, and from
    the moment on in which the deletion of its recording is decided."""
    shared = Clip.objects.select_related("recording").filter(state=Clip.State.APPROVED).exclude(recording__state__in=GONE)
    found = shared.filter(share=share).first() if share else None
    if found is None or not found.path("clip.mp4").is_file():
        raise NotShared(
            "clip.not_shared",
            _("This video is not available. Its link may have been withdrawn. Ask whoever sent you the link."),
        )
    return found


@dataclass(frozen=True, slots=True)
class ClipRow:
    """A clip as a page tells of it: words and colour of its state, how far it is, and what this person may do now."""

    clip: Clip
    state: str
    tone: str
    trouble: str
    percent: int
    left: str
    length: str
    span: str
    file_url: str
    file_name: str
    poster_url: str
    may_edit: bool
    may_make: bool
    may_stop: bool
    may_decide: bool
    is_own: bool
    share_url: str


def rows(clips: Sequence[Clip], person: User) -> list[ClipRow]:
    return [row(clip, person) for clip in clips]


def row(clip: Clip, person: User) -> ClipRow:
    """In the language that is active now."""
    state, busy = Clip.State(clip.state), clip.busy
    trouble = _TROUBLES.get(clip.error_code, "") if state == Clip.State.FAILED else ""
    watchable = state in _WATCHABLE and bool(clip.version)
    own = person.pk in (clip.made_by_id, clip.edited_by_id)

    def file(name: str) -> str:
        return reverse("clips:file", args=[clip.public_id, clip.version, name]) if watchable else ""

    return ClipRow(
        clip=clip,
        state=str(state.label),
        tone=_TONES[state.value],
        trouble=gettext(trouble) if trouble else "",
        percent=int(clip.progress * 100),
        left=left_words(left_s(clip.progress, clip.started_at)) if state == Clip.State.RUNNING else "",
        length=_length(clip.duration_ms if watchable else clip.end_ms - clip.start_ms),
        span=f"{written(clip.start_ms)[:-2]} – {written(clip.end_ms)[:-2]}",
        file_url=file("clip.mp4"),
        file_name=f"{file_stem(clip.title, clip.public_id)}.mp4",
        poster_url=file("poster.jpg"),
        may_edit=not busy,
        may_make=not busy,
        may_stop=busy,
        may_decide=state in (Clip.State.READY, Clip.State.APPROVED) and not own and can(person, Action.CLIP_APPROVE, clip),
        is_own=own,
        share_url=reverse("clips:shared", args=[clip.share]) if clip.share else "",
    )


def history(clip: Clip) -> list[ClipEvent]:
    """What was done to it, the latest first."""
    return list(clip.events.select_related("by").order_by("-at", "-pk"))


def preview(scenes: Scenes | None, width: int, height: int) -> dict[str, Any]:
    """For the page: what each shape shows, from moment to moment: of the picture [crop, place], and names [place, name, office];
    boxes are [x, y, width, height]."""
    entries = scenes.entries if scenes else ((0, None),)
    moments = []
    for at_us, shown in entries:
        views = {shape: arrange(shown, width, height, shape) for shape in Shape}
        moments.append({
            "at_ms": at_us // 1000,
            "tiles": {shape.value: [[_box(tile.crop), _box(tile.place)] for tile in view.tiles] for shape, view in views.items()},
            "names": {
                shape.value: [[_box(band.box), band.speaker.name, band.speaker.caption] for band in view.bands]
                for shape, view in views.items()
            },
        })  # fmt: skip
    return {"width": width, "height": height, "sizes": {shape.value: SIZES[shape] for shape in Shape}, "moments": moments}


def _box(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]


def _length(ms: int) -> str:
    seconds = round(ms / 1000)
    return f"{seconds // 60}:{seconds % 60:02}"
