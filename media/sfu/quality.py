"""How a peer's link is, over both of its connections."""

from __future__ import annotations

from typing import Literal

from media.plane import LinkQuality
from media.sfu.down_connection import DownConnection
from media.sfu.up_connection import UpConnection


class LinkMeter:
    """Measures one peer between two readings."""

    def __init__(self, session: str, peer: str) -> None:
        self.session = session
        self.peer = peer
        self._at_us = 0
        self._up: tuple[UpConnection | None, int] = (None, 0)
        self._down: tuple[DownConnection | None, int] = (None, 0)

    def read(self, up: UpConnection | None, down: DownConnection | None, now_us: int) -> LinkQuality | None:
        """The link since the last reading; None at the first one, and while nothing of the peer is connected or heard."""
        elapsed_us = now_us - self._at_us if self._at_us else 0
        up_bytes = up.bytes_in if up is not None else 0
        down_bytes = down.bytes_out if down is not None else 0
        up_new = up_bytes - (self._up[1] if self._up[0] is up else 0)
        down_new = down_bytes - (self._down[1] if self._down[0] is down else 0)
        self._at_us, self._up, self._down = now_us, (up, up_bytes), (down, down_bytes)
        if elapsed_us <= 0 or not any(each is not None and each.connected and not each.silent for each in (up, down)):
            return None
        rtts_us = [each.rtt_us for each in (up, down) if each is not None and each.rtt_us is not None]
        sending: tuple[Literal["mic", "camera", "screen"], ...] = up.sending(now_us) if up is not None else ()
        return LinkQuality(
            session=self.session,
            at_ms=now_us // 1000,
            peer=self.peer,
            rtt_ms=round(min(rtts_us) / 1000, 1) if rtts_us else None,
            loss_up=up.loss if up is not None else None,
            loss_down=down.loss if down is not None else None,
            up_bps=up_new * 8_000_000 // elapsed_us,
            down_bps=down_new * 8_000_000 // elapsed_us,
            sending=sending,
            unseen=down.unseen if down is not None else (),
            pictures=down.pictures(now_us) if down is not None else (),
        )
