"""Reading uploads: how far one is, in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from core.errors import NotFound, _
from media.upload import store
from media.upload.models import UPLOAD_MACHINE, Upload
from media.work.left import left_s, left_words

_U = Upload.State
_ORDER = (_U.RECEIVING, _U.CHECKING, _U.CONVERTING, _U.DONE)


def upload_of(public_id: str) -> Upload:
    """Raises NotFound."""
    found = Upload.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("upload.not_found", _("This upload has been cancelled, or is too old. Choose the file again."))
    return found


def upload_of_session(session: str) -> Upload | None:
    """The latest upload of a session, whatever became of it."""
    return Upload.objects.filter(session=session).order_by("-created_at", "-pk").first()


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the steps. ``state``: done, current, failed or waiting."""

    key: str
    title: str
    state: str

    @property
    def icon(self) -> str:
        return {"done": "circle-check", "current": "circle-dot", "failed": "circle-alert", "waiting": "circle"}[self.state]


@dataclass(frozen=True, slots=True)
class Progress:
    """An upload as its page shows it. ``trouble`` says in words what went wrong and what to do."""

    upload: Upload
    stages: tuple[Stage, ...]
    percent: int
    left: str
    here_bytes: int
    trouble: str
    busy: bool
    waits: bool
    """No worker has it yet."""
    may_retry: bool


def progress_of(upload: Upload) -> Progress:
    """How far it is, in the language that is active now."""
    state = _U(upload.state)
    here = store.offset(upload) if state is _U.RECEIVING else upload.size
    share = here / max(1, upload.size) if state is _U.RECEIVING else upload.progress
    busy = state in (_U.CHECKING, _U.CONVERTING)
    return Progress(
        upload=upload,
        stages=stages_of(state, failed_at=_failed_at(upload)),
        percent=min(99, int(share * 100)) if state is not _U.DONE else 100,
        left=left_words(left_s(upload.progress, upload.stage_at)) if busy else "",
        here_bytes=here,
        trouble=trouble_of(upload),
        busy=busy,
        waits=busy and not upload.lease,
        may_retry=UPLOAD_MACHINE.allows(state, _U.CHECKING) and state is _U.FAILED,
    )


def stages_of(state: Upload.State | None, failed_at: Upload.State | None = None) -> tuple[Stage, ...]:
    """The steps with their states; before anything was chosen, the first one is to be done."""
    titles = {
        _U.RECEIVING: gettext("Upload"), _U.CHECKING: gettext("Check"), _U.CONVERTING: gettext("Conversion"),
        _U.DONE: gettext("Ready to watch"),
    }  # fmt: skip
    at = _ORDER.index(failed_at or state or _U.RECEIVING)

    def of(number: int) -> str:
        if number < at or state is _U.DONE:
            return "done"
        return ("failed" if failed_at else "current") if number == at else "waiting"

    return tuple(Stage(key.value, titles[key], of(number)) for number, key in enumerate(_ORDER))


def trouble_of(upload: Upload) -> str:
    """Why it was refused or failed; empty where all is well."""
    if not upload.error_message:
        return ""
    fields = {name: gettext(value) if name == "what" else value for name, value in upload.error_fields.items()}
    text = gettext(upload.error_message)
    return text % fields if fields and "%(" in text else text


def _failed_at(upload: Upload) -> Upload.State | None:
    if upload.state == _U.REFUSED:
        return _U.CHECKING
    return _U.CONVERTING if upload.state == _U.FAILED else None
