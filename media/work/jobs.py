"""What may happen to the jobs of a table. Everything is one conditional UPDATE or one transaction; tasks leave after commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from core import queue
from core.clock import now
from core.ids import new_id
from media.space import has_room
from media.work.models import Job
from media.work.rules import MAX_ATTEMPTS, lease, share

log = structlog.get_logger(__name__)
J = TypeVar("J", bound=Job)

FREE: dict[str, Any] = {"lease": "", "lease_until": None}
"""The columns of a job that nobody works on."""


@dataclass(frozen=True)
class Jobs(Generic[J]):
    """The jobs of one table, and what is their own about them."""

    model: type[J]
    task: str
    """Name of the worker's task that does one."""
    errors: str
    """What their error codes begin with."""
    queued: str
    """The state in which a job waits. (It may wait in one of :attr:`running`: then it has no lease.)"""
    running: tuple[str, ...]
    """The states in which a worker has it, in order."""
    fail: Callable[..., object]
    """Ends a job that cannot be made; called with its ``claim`` and an error ``code``. Does nothing where the claim is void."""
    ready: Callable[[], Q] = Q
    """What else must be true of a job that waits, so that a worker can do something about it."""
    queued_at: str = "queued_at"
    """The column that says since when it waits."""
    started_at: str = "started_at"

    @property
    def rows(self) -> QuerySet[J]:
        return self.model._default_manager.all()

    def waiting(self) -> QuerySet[J]:
        """Jobs that a worker can do something about now."""
        return self.rows.filter(self.ready(), state=self.queued, lease="")

    def next(self) -> str | None:
        """Public id of the job that waits longest."""
        return self.waiting().order_by(self.queued_at, "pk").values_list("public_id", flat=True).first()

    def claim(self, *, public_id: str, only: Q | None = None, **values: object) -> Claim[J] | None:
        """Take a job that waits. None where it does not (it is taken, stopped or done: no job is ever made twice), or is not one
        of ``only``. ``values`` are kept with it.

        An attempt counts when it begins, so that one that takes its worker along is not made for ever.
        """
        mine, moment = new_id(), now()
        values |= {"state": self.running[0], "lease": mine, "lease_until": moment + lease(), self.started_at: moment}
        rows = self.waiting().filter(only or Q(), public_id=public_id)
        if not rows.update(progress=0.0, attempts=F("attempts") + 1, **values):
            return None
        job = self.rows.filter(public_id=public_id, lease=mine).first()
        return Claim(self, job, mine) if job else None

    def afresh(self) -> dict[str, Any]:
        """Columns, but the state, of a job that is queued as if it were new."""
        return {**FREE, "progress": 0.0, "attempts": 0, self.queued_at: now()}

    def enqueue(self, job: J) -> None:
        """Wake a worker for it, once this is committed."""
        public_id = job.public_id
        transaction.on_commit(lambda: queue.wake(self.task, public_id))

    @transaction.atomic
    def sweep(self) -> list[J]:
        """Queue again what a dead worker left or the broker lost; give up what died too often. Those whose workers died."""
        moment = now()
        lost = self.rows.filter(state__in=self.running, lease_until__lt=moment)
        found = list(lost)
        for job in found:
            log.warning("job.lost", table=job._meta.model_name, id=job.public_id, attempts=job.attempts)
            if job.attempts >= MAX_ATTEMPTS:
                self.fail(claim=Claim(self, job, job.lease), code=f"{self.errors}.worker_lost")
        lost.update(**FREE, **{"state": self.queued, "progress": 0.0, self.queued_at: moment - lease()})
        for job in self.waiting().filter(**{f"{self.queued_at}__lte": moment - lease()}):
            self.rows.filter(pk=job.pk).update(**{self.queued_at: moment})
            self.enqueue(job)
        return found


@dataclass(frozen=True)
class Claim(Generic[J]):
    """The right to do a job, while its lease is prolonged."""

    jobs: Jobs[J]
    job: J
    """The row as it was when it was claimed."""
    lease: str

    def held(self) -> QuerySet[J]:
        """The job's row; none where the claim is void."""
        return self.jobs.rows.filter(pk=self.job.pk, lease=self.lease, state__in=self.jobs.running)

    def beat(self, progress: float) -> bool:
        """The worker lives and is so far. False: stop; the job was stopped or given to another, or the disk is nearly full."""
        return has_room() and bool(self.held().update(progress=share(progress), lease_until=now() + lease()))

    def settle(self, **values: object) -> bool:
        """End the attempt: from now on the job is as ``values`` say. False where the claim is void."""
        return bool(self.held().update(**FREE, **values))

    def release(self) -> bool:
        """Queue it again. That was no attempt. False where the claim is void."""
        return self.settle(state=self.jobs.queued, attempts=F("attempts") - 1)
