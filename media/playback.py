"""Links to a recording's files: bound to one recording and one person, signed, and good for a while.

The person's right to watch is asked for at every request as well; the link only says which recording, and for whom it was made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core import signing
from django.urls import reverse

from core.errors import NotAllowed, NotFound, _
from media.models import Recording

if TYPE_CHECKING:
    from people.models import User
    from people.permissions import Role

LIFETIME_S = 12 * 3600
"""A whole conference day; a page that is loaded again gets new links."""
_SALT = "media.playback"
_FILE = re.compile(
    r"(?:(?:hls|360p|audio)/(?:index\.m3u8|init(?:-[0-9]+)?\.mp4|seg-[0-9]{5,7}\.m4s)|master\.m3u8|poster\.jpg|video\.mp4)"
)


@dataclass(frozen=True, slots=True)
class Playback:
    """What a valid link stands for."""

    recording: Recording
    viewer: str
    """Public id of the person for whom the link was made."""

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`: nobody has a part in somebody else's link."""
        return self.recording.role_of(user) if user.public_id == self.viewer else None


@dataclass(frozen=True, slots=True)
class Links:
    """Paths for a player. ``master`` grows while the recording runs; what is None is not made (yet)."""

    master: str
    audio: str | None
    poster: str | None
    download: str | None


def links(recording: Recording, user: User) -> Links:
    """Links for ``user``, who may watch the recording (ask :func:`people.permissions.can` before)."""
    token = signing.dumps([recording.public_id, user.public_id], salt=_SALT)

    def link(file: str) -> str:
        return reverse("media:play", kwargs={"token": token, "file": file})

    def made(file: str) -> str | None:
        return link(file) if (recording.folder / file).is_file() else None

    return Links(link("master.m3u8"), made("audio/index.m3u8"), made("poster.jpg"), made("video.mp4"))


def playback_of(token: str) -> Playback:
    """Raises NotAllowed for a link that is forged or too old, NotFound where the recording is gone
    or deleted, ``recording.deleted``."""
    try:
        public_id, viewer = signing.loads(token, salt=_SALT, max_age=LIFETIME_S)
    except signing.SignatureExpired as error:
        raise NotAllowed("playback.expired", _("This link is no longer valid. Load the page again.")) from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotAllowed("playback.bad_link", _("This link is not valid. Open the recording from its page.")) from error
    recording = Recording.objects.filter(public_id=public_id).first()
    if recording is None:
        raise NotFound("recording.not_found", _("This recording does not exist."))
    if recording.state in (Recording.State.DELETING, Recording.State.DELETED):
        raise NotFound("recording.deleted", _("This recording has been deleted."))
    return Playback(recording, str(viewer))


def is_playable(file: str) -> bool:
    """Is ``file``, below a recording's folder, one that may be given out?"""
    return _FILE.fullmatch(file) is not None
