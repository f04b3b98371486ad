"""Links to a recording's files: bound to one recording, one person and one login of theirs, signed, and soon over.

The person's right to watch is asked for at every request as well; the link only says which recording, and for whom it was made.
A page that goes on playing asks for new ones in time, so that a copied address is of no use to anybody for long.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.urls import reverse
from django.utils.crypto import salted_hmac

from core.errors import NotAllowed, NotFound, _
from media.egress.hls import PLAYLIST
from media.models import Recording
from media.vod.ladder import PICTURES
from people.permissions import Action, can

if TYPE_CHECKING:
    from django.http import HttpRequest

    from people.models import User
    from people.permissions import Role

_SALT = "media.playback"
_GONE = (Recording.State.DELETING, Recording.State.DELETED)
_FILE = re.compile(
    r"(?:(?:hls|full|720p|480p|360p|240p|audio)/(?:index\.m3u8|init(?:-[0-9]+)?\.mp4|seg-[0-9]{5,7}\.m4s)"
    r"|thumbs/(?:index\.vtt|sheet-[0-9]{3}\.jpg)|master\.m3u8|poster\.jpg|video\.mp4)"
)


@dataclass(frozen=True, slots=True)
class Playback:
    """What a valid link stands for."""

    recording: Recording
    viewer: str
    """Public id of the person for whom the link was made."""
    login: str
    """The login for which it was made, see :func:`login_of`."""

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
    thumbnails: str | None
    """WebVTT whose cues name parts of pictures, for the bar that one scrubs on."""
    smaller: int
    """So many smaller pictures ``master`` names beside the recording's own."""
    lasts_s: int
    """So long from now on they are good."""


def login_of(session_key: str | None) -> str:
    """What links know of a login, by the key of its session: equal for the same login, and nothing that opens one."""
    return salted_hmac(_SALT, session_key or "").hexdigest()[:20]


def links(recording: Recording, user: User, login: str) -> Links:
    """Links for ``user`` in the login ``login`` (:func:`login_of`), who may watch the recording (ask
    :func:`people.permissions.can` before)."""
    token = signing.dumps([recording.public_id, user.public_id, login], salt=_SALT)

    def link(file: str) -> str:
        return reverse("media:play", kwargs={"token": token, "file": file})

    def made(file: str) -> str | None:
        return link(file) if (recording.folder / file).is_file() else None

    return Links(
        master=link("master.m3u8"),
        audio=made("audio/index.m3u8"),
        poster=made("poster.jpg"),
        download=made("video.mp4"),
        thumbnails=made("thumbs/index.vtt"),
        smaller=sum((recording.folder / name / PLAYLIST).is_file() for name in PICTURES),
        lasts_s=settings.PLAYBACK_LINK_S,
    )


def links_for(request: HttpRequest, recording: Recording, user: User) -> Links:
    """:func:`links` for the login that asks."""
    return links(recording, user, login_of(request.session.session_key))


def player_media(recording: Recording, paths: Links) -> dict[str, object]:
    """What a player loads, for how long by these links, what the recording has come to: ``web/src/player/links.ts``."""
    return {
        "state": recording.state,
        "master": paths.master,
        "audio": paths.audio,
        "poster": paths.poster,
        "thumbnails": paths.thumbnails,
        "smaller": paths.smaller,
        "lasts_s": paths.lasts_s,
    }


def playback_of(token: str) -> Playback:
    """Raises NotAllowed for a link that is forged or too old, NotFound where the recording is gone
    or deleted, ``recording.deleted``."""
    try:
        public_id, viewer, login = signing.loads(token, salt=_SALT, max_age=settings.PLAYBACK_LINK_S)
    except signing.SignatureExpired as error:
        raise NotAllowed("playback.expired", _("This link is no longer valid. Load the page again.")) from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotAllowed("playback.bad_link", _("This link is not valid. Open the recording from its page.")) from error
    recording = Recording.objects.filter(public_id=public_id).first()
    if recording is None:
        raise NotFound("recording.not_found", _("This recording does not exist."))
    check_kept(recording)
    return Playback(recording, str(viewer), str(login))


def check_kept(recording: Recording) -> None:
    """Raises NotFound ``recording.deleted`` where it is deleted or about to be: nothing of it is given to anybody any more."""
    if recording.state in _GONE:
        raise NotFound("recording.deleted", _("This recording has been deleted."))


def still_may(request: HttpRequest, playback: Playback) -> bool:
    """Is the login still there, the person still allowed to watch, the recording not deleted? Whoever began before the link was
    over may go on."""
    key = request.session.session_key
    if key is None or not request.session.exists(key):
        return False
    recording = Recording.objects.filter(pk=playback.recording.pk).exclude(state__in=_GONE).first()
    person = get_user_model().objects.filter(public_id=playback.viewer).first()
    if recording is None or person is None:
        return False
    return can(person, Action.RECORDING_WATCH, replace(playback, recording=recording))


def is_playable(file: str) -> bool:
    """Is ``file``, below a recording's folder, one that may be given out?"""
    return _FILE.fullmatch(file) is not None
