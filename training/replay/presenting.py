"""What the page of a recording shows, and what its player is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext

from media.captions.player import captions_for_player
from media.models import Recording
from media.playback import links_for, player_media
from media.selectors import ChapterView, is_growing
from people.models import User
from training.modules.domain.activities import reached
from training.modules.selectors import watched_text
from training.replay.domain.moment import clock_text, parse_moment
from training.replay.place import Place
from training.replay.selectors import Viewing, chapters_of, slides_of, speakers_of, viewing

_LONGEST_MOMENT = 20
"""So much of what the address asks for is shown where it is no moment of the recording."""


def page_of(request: HttpRequest, place: Place, recording: Recording, person: User) -> dict[str, Any]:
    """The template's context for a recording that can be played: finished, or as far as it is composed. Else empty."""
    paths, asked = links_for(request, recording, person), request.GET.get("t", "").strip()
    config = player_media(recording, paths) | {
        "links": place.url("links"),
        "qr": place.qr_url,
        "address": request.build_absolute_uri(place.url()),
        "start_ms": parse_moment(asked),
        "start_text": asked[:_LONGEST_MOMENT],
    }
    if recording.state == Recording.State.DONE:
        return {"links": paths, **_replay(place, recording, person, config)}
    if is_growing(recording):
        return {"links": paths, "live": True, "config": config | {"live": True}}
    return {}


def _replay(place: Place, recording: Recording, person: User, config: dict[str, Any]) -> dict[str, Any]:
    seen, parts = viewing(recording, person), chapters_of(recording)
    slides = [_slide(slide, place) for slide in slides_of(recording)]
    config |= {
        "live": False,
        "lease": place.url("lease"),
        "beats": place.url("beats"),
        "duration_ms": recording.duration_ms or 0,
        "position_ms": seen.watched.position_ms,
        "required": seen.required,
        "chapters": [_chapter(part) for part in parts],
        "progress": progress_of(seen, place),
        "captions": captions_for_player(recording, person),
    }
    return {
        "percent": int(seen.ratio * 100),
        "watched_text": watched_text(seen),
        "chapters": parts,
        "slides": slides,
        "contents": _contents(config["chapters"], [_chapter(part) for part in speakers_of(recording)], slides),
        "config": config,
    }


@dataclass(frozen=True, slots=True)
class Contents:
    """One list to jump by."""

    key: str
    label: str
    rows: list[dict[str, Any]]


def _contents(parts: list[dict[str, Any]], speakers: list[dict[str, Any]], slides: list[dict[str, Any]]) -> list[Contents]:
    lists = [
        Contents("program", gettext("By agenda"), parts),
        Contents("speakers", gettext("By speaker"), speakers),
        Contents("slides", gettext("By page"), slides),
    ]
    return [each for each in lists if each.rows]


def progress_of(seen: Viewing, place: Place) -> dict[str, Any]:
    """How far the person is, for the player."""
    return {
        "watched": seen.watched.intervals,
        "ratio": seen.ratio,
        "text": watched_text(seen),
        "done": reached(seen.ratio, place.coverage_percent),
    }


def _chapter(part: ChapterView) -> dict[str, Any]:
    """``at`` and ``time`` are for the page, as texts: milliseconds without separators, and "1:02:03"."""
    return {
        "at_ms": part.at_ms,
        "end_ms": part.end_ms,
        "title": part.title,
        "kind": part.kind,
        "at": str(part.at_ms),
        "end": str(part.end_ms),
        "time": clock_text(part.at_ms),
    }


def _slide(part: ChapterView, place: Place) -> dict[str, Any]:
    """A chapter with the page's number and picture."""
    deck, number = part.ref.split("/")
    title = gettext("%(deck)s, page %(page)s") % {"deck": part.title, "page": number}
    return _chapter(part) | {"title": title, "page": number, "picture": place.url("slide", deck=deck, number=int(number))}
