"""Names of the tasks of this app's workers; :func:`core.queue.wake` sends their messages."""

from __future__ import annotations

RENDER, RENDER_PART, REBUILD, SWEEP = "media.render", "media.render_part", "media.rebuild", "media.sweep"
ERASE, KEEP = "media.erase", "media.keep"
INGEST, CLIP = "media.ingest", "media.clip"
