"""``./diemcau manage recordings``: what recordings take on the disk, for whoever must make room."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from media.keeping.selectors import by_size
from media.space import free_bytes


class Command(BaseCommand):
    help = "List recordings by the space that they take, the largest first, with totals and the free space (in MB)."

    def handle(self, *args: Any, **options: Any) -> None:
        found = by_size()
        self.stdout.write(f"{'id':18}{'date':12}{'state':12}{'capture':>10}{'playable':>10}{'other':>10}{'total':>10}  title")
        for held in found:
            one, sizes = held.recording, held.sizes
            rest = sizes.spare + sizes.download + sizes.other
            numbers = "".join(f"{_mb(value):>10}" for value in (sizes.capture, sizes.playable, rest, sizes.total))
            self.stdout.write(f"{one.public_id:18}{one.created_at:%Y-%m-%d}  {one.state:12}{numbers}  {one.title}")
        total, capture = sum(held.sizes.total for held in found), sum(held.sizes.capture for held in found)
        self.stdout.write(
            f"{len(found)} recordings, {_mb(total)} MB, of these {_mb(capture)} MB capture; {_mb(free_bytes())} MB free"
        )


def _mb(size: int) -> str:
    """As the pages count: 1 MB is 2 to the power of 20 bytes."""
    return f"{size / (1 << 20):.1f}"
