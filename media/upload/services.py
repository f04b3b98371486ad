"""What may happen to an upload. Every function is one transaction; tasks leave, and files change, after commit."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from core.clock import now
from core.errors import Conflict, DiemcauError, Invalid, TooMany, _
from core.ids import new_id
from media import services as recordings
from media.models import Recording
from media.queue import INGEST, wake
from media.upload import space, store
from media.upload.errors import FileTooLarge
from media.upload.magic import EXTENSIONS, extension_of
from media.upload.models import UNDER_WAY, UPLOAD_MACHINE, Upload
from media.upload.targets import Target, registered
from people.models import User

log = structlog.get_logger(__name__)

MAX_BYTES = 8 << 30
MAX_UNFINISHED = 3
"""Of one person."""
KEPT = dt.timedelta(days=7)
"""How long a file waits for its next piece, or for somebody who tries again."""
LEASE = dt.timedelta(seconds=60)
"""How long a worker is believed to live after its last heartbeat."""
MAX_ATTEMPTS = 3
_U = Upload.State
_BUSY = (_U.CHECKING, _U.CONVERTING)


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
        raise Invalid("upload.empty", _("The file is empty."))
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
        _enqueue(upload)


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
            moment = now()
            again = rows.update(
                state=_U.CHECKING, stage_at=moment, touched_at=moment, progress=0.0, attempts=0, **_NO_ERROR, **_NO_LEASE
            )
    except IntegrityError:
        again = 0
    if not again:
        raise Conflict("upload.bad_step", _("A recording is being added to this session already."))
    _enqueue(upload)


# The job ----------------------------------------------------------------------------------------------------------------------

_NO_ERROR: dict[str, object] = {"error_code": "", "error_message": "", "error_fields": {}}
_NO_LEASE: dict[str, object] = {"lease": "", "lease_until": None}


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to check and convert an upload, while its lease is prolonged."""

    upload: int
    lease: str


@transaction.atomic
def claim(*, public_id: str) -> Claim | None:
    """Take a waiting job, or that of a worker whose lease is over. None where there is none to take.

    An attempt counts when it begins, so that one that takes its worker along is not made for ever.
    """
    moment, lease = now(), new_id()
    free = Q(lease="") | Q(lease_until__lt=moment)
    rows = Upload.objects.filter(free, public_id=public_id, state__in=_BUSY)
    if not rows.filter(attempts__lt=MAX_ATTEMPTS).update(
        state=_U.CHECKING, stage_at=moment, touched_at=moment, progress=0.0, attempts=F("attempts") + 1,
        lease=lease, lease_until=moment + LEASE,
    ):  # fmt: skip
        rows.update(state=_U.FAILED, touched_at=moment, **_error_of(_lost()), **_NO_LEASE)
        return None
    return Claim(Upload.objects.values_list("pk", flat=True).get(public_id=public_id), lease)


def beat(*, claim: Claim, progress: float) -> bool:
    """The worker lives and is so far. False: stop; it was taken back or given to another."""
    return bool(_held(claim).update(progress=min(1.0, max(0.0, progress)), lease_until=now() + LEASE))


def checked(*, claim: Claim) -> bool:
    """Nothing speaks against the file: from here on it is converted. False where the claim is void."""
    moment = now()
    rows = _held(claim).filter(state=_U.CHECKING)
    return bool(rows.update(state=_U.CONVERTING, stage_at=moment, touched_at=moment, progress=0.0, lease_until=moment + LEASE))


@transaction.atomic
def refuse(*, claim: Claim, error: DiemcauError) -> bool:
    """No recording can be made of the file: it is deleted, and the row says why. False where the claim is void."""
    return _end(claim, _U.REFUSED, error, keep=False)


@transaction.atomic
def fail(*, claim: Claim, error: DiemcauError) -> bool:
    """It did not work this time; the file is kept for a while, and a person may try again. False where the claim is void."""
    return _end(claim, _U.FAILED, error, keep=True)


def _end(claim: Claim, state: Upload.State, error: DiemcauError, *, keep: bool) -> bool:
    upload = _held(claim).select_for_update().first()
    if upload is None:
        return False
    _held(claim).update(state=state, touched_at=now(), **_error_of(error), **_NO_LEASE)
    if not keep:
        transaction.on_commit(lambda: store.remove(upload))
    log.info("upload.ended", upload=upload.public_id, state=state.value, code=error.code)
    return True


@transaction.atomic
def finish(*, claim: Claim, duration_ms: int) -> bool:
    """The recording's folder is whole: it becomes the session's recording, and all else is made of it as of our own.

    False where the claim is void. Raises Conflict where the session has another recording meanwhile; then nothing is changed.
    """
    upload = _held(claim).select_for_update().first()
    if upload is None:
        return False
    recording = Recording.objects.create(
        public_id=upload.recording_id, session=upload.session, title=upload.title, origin=Recording.Origin.UPLOAD,
        state=Recording.State.CLOSING,
    )  # fmt: skip
    if not registered().attach(upload.session, recording.public_id):
        raise Conflict("upload.not_wanted", _("The session has another recording meanwhile, so that this one was not added."))
    recordings.finish_recording(recording=recording.public_id, duration_ms=duration_ms)
    _held(claim).update(state=_U.DONE, touched_at=now(), progress=1.0, **_NO_LEASE)
    transaction.on_commit(lambda: store.remove(upload))
    log.info("upload.done", upload=upload.public_id, recording=recording.public_id)
    return True


# What got lost ----------------------------------------------------------------------------------------------------------------


def sweep() -> int:
    """Wake workers for what nobody works on; give up what took its workers along too often. How many were woken."""
    for upload in Upload.objects.filter(state=_U.RECEIVING):
        if store.offset(upload) >= upload.size:  # whoever took the last piece died before saying so
            received(upload=upload, end=upload.size)
    moment = now()
    lost = Upload.objects.filter(state__in=_BUSY).filter(Q(lease_until__lt=moment) | Q(lease="", touched_at__lt=moment - LEASE))
    waiting = list(lost)
    for upload in waiting:
        Upload.objects.filter(pk=upload.pk, lease="").update(touched_at=moment)
        wake(INGEST, upload.public_id)
    return len(waiting)


@transaction.atomic
def expire() -> list[Upload]:
    """Forget what nobody went on with for :data:`KEPT`; those whose files are to be removed."""
    stale = Upload.objects.filter(state__in=[_U.RECEIVING, _U.FAILED], touched_at__lt=now() - KEPT)
    gone = list(stale.select_for_update())
    Upload.objects.filter(pk__in=[each.pk for each in gone]).delete()
    return gone


def _held(claim: Claim) -> QuerySet[Upload]:
    return Upload.objects.filter(pk=claim.upload, lease=claim.lease, state__in=_BUSY)


def _lost() -> DiemcauError:
    return Conflict("upload.worker_lost", _("The server was interrupted several times while working on it. Try again."))


def _error_of(error: DiemcauError) -> dict[str, object]:
    return {"error_code": error.code, "error_message": error.message, "error_fields": dict(error.fields)}


def _enqueue(upload: Upload) -> None:
    public_id = upload.public_id
    transaction.on_commit(lambda: wake(INGEST, public_id))
