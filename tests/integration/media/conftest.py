from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.factories.media import Roles


@pytest.fixture
def roles() -> Iterator[Roles]:
    with Roles() as found:
        yield found


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The messages that would go to the workers: the broker is none of these tests' business."""
    sent: list[tuple[str, str]] = []

    def wake(task: str, public_id: str) -> None:
        sent.append((task, public_id))

    monkeypatch.setattr("core.queue.wake", wake)
    return sent
