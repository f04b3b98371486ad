"""The round that finds uploads whose worker died, and removes what nobody went on with."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from django.conf import settings

from media.upload import services, store
from media.upload.models import Upload

_ORPHAN_S = 3600.0
"""A folder without a row is left for so long: its row may just be on its way."""


def sweep() -> None:
    """Safe to run at any time, any number of times."""
    services.sweep()
    for upload in services.expire():
        store.forget(upload)
    _remove_orphans(Path(settings.DATA_DIR) / "uploads" / "recordings")


def _remove_orphans(folder: Path) -> None:
    """Files of uploads that are gone, refused or done: whoever should have removed them died before."""
    there = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    wanted = Upload.objects.filter(public_id__in=there).exclude(state__in=[Upload.State.REFUSED, Upload.State.DONE])
    for name in there.keys() - set(wanted.values_list("public_id", flat=True)):
        if time.time() - there[name].stat().st_mtime > _ORPHAN_S:
            shutil.rmtree(there[name], ignore_errors=True)
