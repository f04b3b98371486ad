"""How each seat's link is, put together from what the media plane reports. Pure."""

from __future__ import annotations

from conference.protocol import LinkView, PictureLink
from media.plane import LinkQuality, PeerConnected, PeerSilent


class Links:
    """The last known link of each seat."""

    def __init__(self) -> None:
        self._links: dict[tuple[str, str], LinkView] = {}

    def after(self, event: PeerConnected | PeerSilent | LinkQuality) -> LinkView:
        """Take an event in; the seat's link as it is now."""
        key = (event.session, event.peer)
        old = self._links.get(key) or _unknown(event.peer)
        self._links[key] = new = old.model_copy(update=_changes(event))
        return new

    def forget(self, session: str, seat: str) -> None:
        """The seat is empty."""
        self._links.pop((session, seat), None)

    def clear(self) -> None:
        """The node is new: nothing is connected."""
        self._links.clear()


def _unknown(seat: str) -> LinkView:
    return LinkView(
        seat=seat, up=False, down=False, rtt_ms=None, loss_up=None, loss_down=None, up_bps=0, down_bps=0, sending=[], pictures=[]
    )


def _changes(event: PeerConnected | PeerSilent | LinkQuality) -> dict[str, object]:
    match event:
        case PeerConnected():
            return {event.direction: True}
        case PeerSilent(direction="up"):
            return {"up": False, "up_bps": 0, "sending": []}
        case PeerSilent():
            return {"down": False, "down_bps": 0, "pictures": []}
        case LinkQuality():
            fields = ("rtt_ms", "loss_up", "loss_down", "up_bps", "down_bps")
            known: dict[str, object] = {name: getattr(event, name) for name in fields}
            pictures = [PictureLink(**picture.model_dump()) for picture in event.pictures]
            return {**known, "sending": list(event.sending), "pictures": pictures}
