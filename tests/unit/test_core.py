"""The foundations: ids, errors, state machines, time."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from core import clock
from core.errors import Conflict, DiemcauError, Invalid, NotAllowed, NotFound, NotSignedIn, TooMany, Unavailable
from core.ids import LENGTH, new_id
from core.machine import Machine
from core.messages import error_text


def test_id_is_opaque_and_safe_in_urls_files_and_html() -> None:
    ids = {new_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert all(re.fullmatch(r"[a-z][a-z0-9]+", i) and len(i) == LENGTH for i in ids)
    assert not set("01ilo") & set("".join(ids)) - {"i", "o"}
    assert not set("01l") & set("".join(ids))


def test_error_classes_have_distinct_statuses_and_private_close_codes() -> None:
    classes = [Invalid, NotAllowed, NotSignedIn, NotFound, Conflict, TooMany, Unavailable]
    assert len({c.http_status for c in classes}) == len(classes)
    assert all(4000 <= c.close_code <= 4999 and c.close_code == 4000 + c.http_status for c in classes)


def test_error_text_fills_in_its_fields_and_keeps_a_percent_sign() -> None:
    assert error_text(Conflict("x.y", "“%(old)s” → “%(new)s”", old="a", new="b")) == "“a” → “b”"
    assert error_text(DiemcauError("x.y", "100 % sure")) == "100 % sure"
    assert error_text(DiemcauError("x.y", "100 % sure", size=3)) == "100 % sure"


def test_machine_refuses_what_its_table_does_not_allow() -> None:
    machine = Machine[str](
        code="job.wrong_state", transitions={"queued": {"running"}, "running": {"done", "failed"}, "done": set()}
    )
    machine.check("queued", "running")
    with pytest.raises(Conflict) as caught:
        machine.check("done", "running")
    assert caught.value.code == "job.wrong_state"
    assert caught.value.fields == {"old": "done", "new": "running"}
    assert machine.sources("done") == ["running"]


def test_milliseconds_round_trip() -> None:
    moment = dt.datetime(2026, 11, 22, 1, 0, 0, 123000, tzinfo=dt.UTC)
    assert clock.from_ms(clock.to_ms(moment)) == moment
