"""What the player sends, read with care."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from training.replay.domain.beats import Beat, State

_Ms = Annotated[int, Field(ge=0, le=2**53)]


class BeatMessage(BaseModel):
    """See :class:`training.replay.domain.beats.Beat`."""

    model_config = ConfigDict(extra="forbid")
    seq: Annotated[int, Field(ge=1, le=10**7)]
    mono_ms: _Ms
    position_ms: _Ms
    rate: Annotated[float, Field(ge=0, le=16, allow_inf_nan=False)]
    state: State

    def beat(self) -> Beat:
        return Beat(self.seq, self.mono_ms, self.position_ms, self.rate, self.state)


class BeatsMessage(BaseModel):
    """Beats of one lease in order; several where the network was away for a while."""

    model_config = ConfigDict(extra="forbid")
    lease: Annotated[str, Field(max_length=16, pattern=r"^[A-Za-z0-9_-]+$")]
    audio_only: bool = False
    beats: Annotated[list[BeatMessage], Field(min_length=1, max_length=500)]
