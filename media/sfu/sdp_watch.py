"""The descriptions of a viewer that makes the offer itself (WHEP): it says what it takes, and the node answers with its slots."""

from __future__ import annotations

from dataclasses import dataclass

from media.sfu import codecs, sdp
from media.sfu.codecs import SLOTS, Codec, Slot, Types
from media.sfu.sdp import BadSdp, Local, MediaSection

_FEEDBACK = ("goog-remb", "nack", "nack pli", "ccm fir")


@dataclass(frozen=True, slots=True)
class WatchSection:
    """One m-line of the offer, and the slot that goes there under the viewer's own payload types; None: it is refused."""

    section: MediaSection
    slot: Slot | None
    types: dict[Codec, Types]


@dataclass(frozen=True, slots=True)
class WatchOffer:
    """A viewer's offer, understood."""

    ufrag: str
    fingerprint: tuple[str, str]
    sections: tuple[WatchSection, ...]
    reduced_size: bool
    passive: bool

    @property
    def slots(self) -> dict[str, dict[Codec, Types]]:
        """By mid of the slot, what the viewer takes there."""
        return {each.slot.mid: each.types for each in self.sections if each.slot is not None}


def read_watch_offer(text: str) -> WatchOffer:
    """Understand an offer: its audio m-lines become the voices in turn, its video m-lines speaker and content. Raises BadSdp."""
    sections = sdp.parse(text)
    ufrag, fingerprint = sdp.transport(sections)
    if sections[0].setup not in ("actpass", "active", "passive"):
        raise BadSdp("no DTLS role")
    free = list(SLOTS)
    read: list[WatchSection] = []
    for section in sections:
        slot = next((slot for slot in free if slot.media == section.media), None)
        receives = section.offered and section.rtcp_mux and section.direction in ("recvonly", "sendrecv")
        types = {codec: found for codec in slot.codecs if (found := section.find_codec(codec))} if slot and receives else {}
        if codecs.RED in types and codecs.OPUS in types and types[codecs.OPUS].payload_type != codecs.OPUS.payload_type:
            del types[codecs.RED]  # within it stands the session's own payload type
        if slot is None or not types:
            read.append(WatchSection(section, None, {}))
            continue
        free.remove(slot)
        read.append(WatchSection(section, slot, types))
    used = [each.section for each in read if each.slot is not None]
    if not used:
        raise BadSdp("nothing offered that the node can send")
    return WatchOffer(ufrag, fingerprint, tuple(read), all(each.rtcp_rsize for each in used), sections[0].setup == "passive")


def write_watch_answer(offer: WatchOffer, local: Local, ssrcs: dict[str, tuple[int, int]]) -> str:
    """The answer; ``ssrcs``: slot's mid → (SSRC, SSRC of retransmissions)."""
    lines = sdp.session_lines(local, [each.section.mid for each in offer.sections if each.slot is not None])
    for each in offer.sections:
        section, slot = each.section, each.slot
        if slot is None:
            lines += [section.refusal, "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}", "a=inactive"]
            continue
        setup = "active" if offer.passive else "passive"
        lines += sdp.media_head(section.media, sdp.numbers(each.types), section.mid, local, setup)
        lines += ["a=sendonly", "a=rtcp-mux"] + (["a=rtcp-rsize"] if section.rtcp_rsize else [])
        # The node writes one header extension, always with the same number; with any other the viewer passes it over.
        if section.extensions.get(codecs.URI_ABS_SEND_TIME) == codecs.ABS_SEND_TIME_ID:
            lines.append(f"a=extmap:{codecs.ABS_SEND_TIME_ID} {codecs.URI_ABS_SEND_TIME}")
        for codec, types in each.types.items():
            offered = [*section.feedback.get(types.payload_type, ()), *section.feedback.get(-1, ())]
            feedback = [kind for kind in _FEEDBACK if kind in offered] if slot.media == "video" else []
            fmtp = sdp.chosen_fmtp(codec, section, types.payload_type)
            lines += sdp.codec_lines(codec, types, feedback, fmtp)
        resends = any(types.rtx is not None for types in each.types.values())
        ssrc, rtx_ssrc = ssrcs[slot.mid]
        lines += sdp.stream_lines(slot, ssrc, rtx_ssrc if resends else None)
    return "\r\n".join(lines) + "\r\n"
