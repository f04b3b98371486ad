"""Doing a job: from its claim to what became of it."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from media.space import has_room
from media.vod.run import Outcome
from media.work.jobs import Claim, J

log = structlog.get_logger(__name__)


def do(claim: Claim[J] | None, make: Callable[[Claim[J]], Outcome]) -> J | None:
    """Have ``make`` do what was claimed, and settle it when it is done; what failed is settled here. Gives the job; None where
    there is nothing to do.

    ``make`` passes :meth:`Claim.beat` on to what takes time: once that says stop, it leaves everything as it is.
    """
    if claim is None:
        return None
    try:
        outcome = make(claim) if has_room() else Outcome("no_space")
    except OSError as error:
        outcome = Outcome("failed", f"{type(error).__name__}: {error.strerror}")
    if outcome.kind in ("cancelled", "failed") and not has_room():
        outcome = Outcome("no_space", outcome.words, outcome.status)
    if code := outcome.code(claim.jobs.errors):
        claim.jobs.fail(claim=claim, code=code)
    job = claim.job
    log.info(f"{job._meta.model_name}.ended", id=job.public_id, outcome=outcome.kind, words=outcome.last_words())
    return job
