"""The page on which a recording made elsewhere is added to a session. The file itself comes through :mod:`media.upload.tus`."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from media.keeping.selectors import deleted_at
from media.upload import services
from media.upload.magic import EXTENSIONS
from media.upload.models import Upload
from media.upload.selectors import progress_of, stages_of, upload_of, upload_of_session
from media.upload.targets import Target, registered, target_of
from people.access import requires
from people.permissions import Action


@require_safe
@requires(Action.RECORDING_MANAGE, on=target_of)
def page(request: HttpRequest, target: Target) -> HttpResponse:
    """Choose a file, or see how far the one is that was chosen."""
    return render(request, "media/upload.html", _context(request, target))


@require_safe
@requires(Action.RECORDING_MANAGE, on=upload_of)
def state(request: HttpRequest, upload: Upload) -> HttpResponse:
    """How far it is: a fragment that asks for itself anew while a worker is busy with it."""
    return render(request, "media/upload_state.html", _context(request, target_of(upload.session)))


@require_POST
@requires(Action.RECORDING_MANAGE, on=upload_of)
def retry(request: HttpRequest, upload: Upload) -> HttpResponse:
    """Check and convert a kept file again."""
    services.retry(upload=upload)
    return redirect("media:upload", session=upload.session)


@require_POST
@requires(Action.RECORDING_MANAGE, on=upload_of)
def cancel(request: HttpRequest, upload: Upload) -> HttpResponse:
    """Take an upload back."""
    services.cancel(upload=upload)
    return redirect("media:upload", session=upload.session)


def _context(request: HttpRequest, target: Target) -> dict[str, Any]:
    upload = upload_of_session(target.session)
    progress = progress_of(upload) if upload is not None else None
    receiving = upload is not None and upload.state == Upload.State.RECEIVING
    refused = upload is not None and upload.state == Upload.State.REFUSED
    gone_at = deleted_at(upload.recording_id) if upload is not None and upload.state == Upload.State.DONE else None
    over = upload is None or refused or upload.state == Upload.State.DONE
    choosing = receiving or (over and not target.refusal)
    anew = refused or gone_at is not None
    config = _config(request, target, upload if receiving else None) if choosing else None
    return {
        "target": target,
        "progress": progress,
        "upload": upload,
        "anew": anew,
        "gone_at": gone_at,
        "stages": progress.stages if progress and not anew else stages_of(None),
        "choosing": choosing,
        "refusal": target.refusal if over and (upload is None or anew) else "",
        "session_url": registered().session_url(target.session),
        "replay_url": registered().replay_url(target.session),
        "max_bytes": services.MAX_BYTES,
        "kinds": ", ".join(f".{each}" for each in EXTENSIONS),
        "config": config,
        "config_text": json.dumps(config),
    }


def _config(request: HttpRequest, target: Target, upload: Upload | None) -> dict[str, Any]:
    """What the page's script needs. ``known``: the file that has begun to come, to be recognised when it is chosen again."""
    known = upload and {"url": upload.url, "name": upload.file_name, "size": upload.size, "modified_ms": upload.modified_ms}
    return {
        "create": reverse("media:upload_create", kwargs={"session": target.session}),
        "known": known,
        "max_bytes": services.MAX_BYTES,
        "kinds": list(EXTENSIONS),
        "csrf": get_token(request),
    }
