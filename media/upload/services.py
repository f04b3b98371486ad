"""What may happen to an upload. Every function is one transaction; tasks leave, and files change, after commit."""

from __future__ import annotations

import datetime as dt
from functools import partial

import structlog
from django.db import IntegrityError, transaction

from core.clock import now
from core.errors import Conflict, DiemcauError, Invalid, TooMany, Unavailable, _
from media import services as recordings
from media.models import Recording
from media.queue import INGEST
from media.upload import space, store
from media.upload.errors import FileTooLarge
from media.upload.magic import EXTENSIONS, extension_of
from media.upload.models import UNDER_WAY, UPLOAD_MACHINE, Upload
from media.upload.targets import Target, registered, target_of
from media.work.jobs import Claim, Jobs
from people.models import User

log = structlog.get_logger(__name__)

MAX_BYTES = 8 << 30
MAX_UNFINISHED = 3
"""Of one person."""
KEPT = dt.timedelta(days=7)
"""How long a file waits for its next piece, or for somebody who tries again."""
_U = Upload.State
_NO_ERROR: dict[str, object] = {"error_code": "", "error_message": "", "error_fields": {}}


def begin(*, target: Target, by: User, file_name: str, size: int, modified_ms: int) -> Upload:
    """A new, empty upload of ``size`` bytes; what was refused or failed for the session before is forgotten.

    Raises Conflict where the session takes none or one is under way, Invalid and FileTooLarge for the file, TooMany, NoSpace.
    """
    if target.refusal:
        raise Conflict("upload.not_wanted", target.refusal)
    if extension_of(file_name) not in EXTENSIONS:
        raise Invalid(
            "upload.wrong_kind",
            _("Recordings can be of these kinds: %(kinds)s."),
            kinds=", ".join(EXTENSIONS),
        )
    if size <= 0:
        raise Invalid("upload.empty", _("The file is empty. Look at it on your computer, then choose it again."))
    if size > MAX_BYTES:
        raise FileTooLarge("upload.too_large", _("The file is too large: at most %(gb)s GB."), gb=MAX_BYTES >> 30)
    space.require(size + _promised())
    try:
        with transaction.atomic():
            _require_few(by)
            old = list(Upload.objects.filter(session=target.session, state__in=[_U.REFUSED, _U.FAILED]))
            Upload.objects.filter(pk__in=[each.pk for each in old]).delete()
            upload = Upload.objects.create(
                session=target.session, title=target.title[:250], by=by, file_name=file_name[-250:], size=size,
                modified_ms=modified_ms,
            )  # fmt: skip
            store.create(upload)
            for each in old:
                transaction.on_commit(partial(store.forget, each))
    except IntegrityError:
        raise Conflict(
            "upload.under_way", _("A recording is being added to this session already. Load the page again to see how far it is.")
        ) from None
    log.info("upload.begun", upload=upload.public_id, session=target.session, bytes=size)
    return upload


def _require_few(by: User) -> None:
    """Raises TooMany. Holds the person's row until the transaction ends, so that two that begin at once count one another."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if Upload.objects.filter(by=by, state__in=UNDER_WAY).count() >= MAX_UNFINISHED:
        raise TooMany(
            "upload.too_many",
            _("You have %(count)s uploads that are not finished. Finish or cancel one of them first."),
            count=MAX_UNFINISHED,
        )


def _promised() -> int:
    """Bytes that uploads under way will still bring."""
    return sum(max(0, each.size - store.offset(each)) for each in Upload.objects.filter(state=_U.RECEIVING))


@transaction.atomic
def received(*, upload: Upload, end: int) -> None:
    """The file reaches to byte ``end`` now. Once it is whole, it is looked at."""
    moment = now()
    rows = Upload.objects.filter(pk=upload.pk, state=_U.RECEIVING)
    if end < upload.size:
        rows.update(touched_at=moment)
    elif rows.update(state=_U.CHECKING, stage_at=moment, touched_at=moment, progress=0.0):
        log.info("upload.received", upload=upload.public_id)
        UPLOADS.enqueue(upload)


@transaction.atomic
def cancel(*, upload: Upload) -> None:
    """Take it back, at whatever stage: row and file go, and a worker that is busy with it stops. Raises Conflict once done."""
    gone, _rows = Upload.objects.filter(pk=upload.pk).exclude(state=_U.DONE).delete()
    if not gone:
        raise Conflict("upload.done", _("The recording is ready already."))
    log.info("upload.cancelled", upload=upload.public_id, state=upload.state)
    transaction.on_commit(lambda: store.forget(upload))


@transaction.atomic
def retry(*, upload: Upload) -> None:
    """Check and convert the kept file again. Raises Conflict where it has not failed, or another upload is under way."""
    UPLOAD_MACHINE.check(_U(upload.state), _U.CHECKING)
    rows = Upload.objects.filter(pk=upload.pk, state=_U.FAILED)
    try:
        with transaction.atomic():
            again = rows.update(state=_U.CHECKING, stage_at=now(), **UPLOADS.afresh(), **_NO_ERROR)
    except IntegrityError:
        again = 0
    if not again:
        raise Conflict("upload.bad_step", _("A recording is being added to this session already."))
    UPLOADS.enqueue(upload)


# The job ----------------------------------------------------------------------------------------------------------------------


def checked(*, claim: Claim[Upload]) -> bool:
    """Nothing speaks against the file: from here on it is converted. False where the claim is void."""
    rows = claim.held().filter(state=_U.CHECKING)
    return bool(rows.update(state=_U.CONVERTING, stage_at=now(), progress=0.0))


@transaction.atomic
def refuse(*, claim: Claim[Upload], error: DiemcauError) -> bool:
    """No recording can be made of the file: it is deleted, and the row says why. False where the claim is void."""
    refused = _end(claim, _U.REFUSED, error)
    if refused:
        transaction.on_commit(lambda: store.remove(claim.job))
    return refused


@transaction.atomic
def fail(*, claim: Claim[Upload], error: DiemcauError) -> bool:
    """It did not work this time; the file is kept for a while, and a person may try again. False where the claim is void."""
    return _end(claim, _U.FAILED, error)


def _end(claim: Claim[Upload], state: Upload.State, error: DiemcauError) -> bool:
    values = {"error_code": error.code, "error_message": error.message, "error_fields": dict(error.fields)}
    return claim.settle(state=state, touched_at=now(), **values)


@transaction.atomic
def finish(*, claim: Claim[Upload], duration_ms: int) -> bool:
    """The recording's folder is whole: it becomes the session's recording, and all else is made of it as of our own.

    False where the claim is void. Raises Conflict where the session has another recording meanwhile; then nothing is changed.
    """
    upload = claim.held().select_for_update().first()
    if upload is None:
        return False
    recording = Recording.objects.create(
        public_id=upload.recording_id, session=upload.session, title=upload.title, origin=Recording.Origin.UPLOAD,
        state=Recording.State.CLOSING, held_on=target_of(upload.session).day,
    )  # fmt: skip
    if not registered().attach(upload.session, recording.public_id):
        raise Conflict("upload.not_wanted", _("The session has another recording meanwhile, so that this one was not added."))
    recordings.finish_recording(recording=recording.public_id, duration_ms=duration_ms)
    claim.settle(state=_U.DONE, touched_at=now(), progress=1.0)
    transaction.on_commit(lambda: store.remove(upload))
    log.info("upload.done", upload=upload.public_id, recording=recording.public_id)
    return True


# What got lost ----------------------------------------------------------------------------------------------------------------


def sweep() -> None:
    """Have looked at what is here as a whole, and queue lost jobs again."""
    for upload in Upload.objects.filter(state=_U.RECEIVING):
        if store.offset(upload) >= upload.size:  # whoever took the last piece died before saying so
            received(upload=upload, end=upload.size)
    UPLOADS.sweep()


@transaction.atomic
def expire() -> list[Upload]:
    """Forget what nobody went on with for :data:`KEPT`; those whose files are to be removed."""
    stale = Upload.objects.filter(state__in=[_U.RECEIVING, _U.FAILED], touched_at__lt=now() - KEPT)
    gone = list(stale.select_for_update())
    Upload.objects.filter(pk__in=[each.pk for each in gone]).delete()
    return gone


def _fail(*, claim: Claim[Upload], code: str) -> bool:
    if code == "upload.no_space":
        return fail(claim=claim, error=space.no_space(max(1, -space.free_bytes())))
    if code == "upload.worker_lost":
        text = _("The server was interrupted several times while working on it. Try again.")
    else:
        code = "upload.not_converted"
        text = _("The file could not be converted. Try again; if it fails again, tell the technicians.")
    return fail(claim=claim, error=Unavailable(code, text))


UPLOADS = Jobs(
    Upload, INGEST, "upload", queued=_U.CHECKING, running=(_U.CHECKING, _U.CONVERTING), fail=_fail,
    queued_at="touched_at", started_at="stage_at",
)  # fmt: skip
