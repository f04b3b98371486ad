"""Session descriptions (RFC 8866), as far as the node speaks them: reads a page's offer and answer, writes the node's.

aiortc's parser drops rid, simulcast, the ssrc groups' meaning and rtcp-rsize, which the node needs; so this one is its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from media.sfu import codecs
from media.sfu.codecs import SLOTS, Codec, Kind, Slot, Types

MAX_SDP_BYTES = 64_000
MAX_SECTIONS = 16
MAX_LAYERS = 3
MAX_FINGERPRINTS = 8
_RID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_MID = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_DIGEST = re.compile(r"([0-9A-Fa-f]{2}:){31,63}[0-9A-Fa-f]{2}")
_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_DEFAULT_PROFILE = "420010"
"""What no profile-level-id says (RFC 6184 §8.1)."""
_BASELINE = re.compile(r"42[0-9a-fA-F]{4}|4[dD][89a-fA-F]0[0-9a-fA-F]{2}")
"""Baseline, constrained or not (what makes the difference no encoder uses), by either of its names (RFC 6184 §8.1, table 5)."""
_KIND_BY_MID: dict[str, Kind] = {"microphone": "mic", "camera": "camera", "screen": "screen"}


class BadSdp(ValueError):
    """The description is malformed, or offers nothing that the node can use."""


@dataclass(slots=True)
class MediaSection:
    """One m-line with its attributes, in the words of the RFCs."""

    media: str
    port: int
    payload_types: list[int]
    refusal: str = ""
    """The m-line that refuses this one: same media and protocol, port 0."""
    mid: str = ""
    direction: str = "sendrecv"
    setup: str = ""
    ufrag: str = ""
    password: str = ""
    bundle_only: bool = False
    """Of an offer: port 0 is no refusal, the m-line lives on another's transport (RFC 9143 §6)."""
    rtcp_mux: bool = False
    rtcp_rsize: bool = False
    fingerprints: list[tuple[str, str]] = field(default_factory=list)
    rtpmap: dict[int, str] = field(default_factory=dict)
    fmtp: dict[int, str] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    feedback: dict[int, list[str]] = field(default_factory=dict)
    """a=rtcp-fb by payload type; -1 for those of all (``*``)."""
    rids: list[str] = field(default_factory=list)
    ssrcs: list[int] = field(default_factory=list)
    repairs: dict[int, int] = field(default_factory=dict)
    """SSRC of retransmissions → SSRC that they repair (a=ssrc-group:FID)."""
    receives_rtt: bool = False
    """a=rtcp-xr:rcvr-rtt: the peer answers a receiver reference time."""

    @property
    def offered(self) -> bool:
        """Whether an offer's m-line is in use."""
        return self.port != 0 or self.bundle_only

    def find_codec(self, codec: Codec) -> Types | None:
        """The payload types of a codec and of its retransmissions, where offered in a form that the session can use."""
        name = codec.sdp_name.lower()
        for payload_type in self.payload_types:
            if self.rtpmap.get(payload_type, "").lower() == name and self._fits(codec, payload_type):
                return Types(payload_type, self._rtx_of(payload_type) if codec.rtx is not None else None)
        return None

    def parameters(self, payload_type: int) -> dict[str, str]:
        """The format parameters of a payload type, by name."""
        words = (word.partition("=") for word in self.fmtp.get(payload_type, "").split(";"))
        return {name.strip().lower(): value.strip() for name, _, value in words}

    def _fits(self, codec: Codec, payload_type: int) -> bool:
        if codec is codecs.H264:
            parameters = self.parameters(payload_type)
            profile = parameters.get("profile-level-id", _DEFAULT_PROFILE)
            return parameters.get("packetization-mode") == "1" and _BASELINE.fullmatch(profile) is not None
        if codec is codecs.RED:
            opus = self.find_codec(codecs.OPUS)
            blocks = set(self.fmtp.get(payload_type, "").strip().split("/"))
            return opus is not None and blocks == {str(opus.payload_type)}
        return True

    def _rtx_of(self, payload_type: int) -> int | None:
        for candidate in self.payload_types:
            if (
                self.rtpmap.get(candidate, "").lower().startswith("rtx/")
                and self.parameters(candidate).get("apt") == f"{payload_type}"
            ):
                return candidate
        return None


@dataclass(frozen=True, slots=True)
class Local:
    """The node's side of one connection."""

    ufrag: str
    password: str
    fingerprint: str
    """SHA-256, as colon-separated hexadecimal."""
    addresses: tuple[str, ...]
    port: int


@dataclass(frozen=True, slots=True)
class UpSection:
    """What the node takes from one m-line of an up offer; None in :attr:`kind` where it is refused."""

    section: MediaSection
    kind: Kind | None
    codec: Codec | None = None
    payload_type: int = 0
    rtx_type: int | None = None
    red_type: int | None = None
    """Of RED around the codec, where that is offered."""


@dataclass(frozen=True, slots=True)
class UpOffer:
    """A page's offer of its up connection, understood."""

    ufrag: str
    fingerprint: tuple[str, str]
    sections: tuple[UpSection, ...]
    passive: bool = False
    """The peer can only be the DTLS server, as some encoders: the node is the client."""


@dataclass(frozen=True, slots=True)
class DownAnswer:
    """A page's answer to the node's offer: by mid, the codecs that it takes in the slots that it takes."""

    ufrag: str
    fingerprint: tuple[str, str]
    slots: dict[str, dict[Codec, Types]]
    reduced_size: bool
    password: str = ""


def read_up_offer(text: str) -> UpOffer:
    """Understand an offer: the first audio m-line is the microphone, the first video m-line the camera, the second the screen
    (unless their mids are named so). Raises BadSdp."""
    sections = parse(text)
    ufrag, fingerprint = transport(sections)
    if sections[0].setup not in ("actpass", "active", "passive"):
        raise BadSdp("no DTLS role")
    kinds: list[Kind] = ["mic", "camera", "screen"]
    taken: list[UpSection] = []
    for section in sections:
        kind = _kind_for(section, kinds)
        codec, types = _choose(section)
        sends = section.direction in ("sendonly", "sendrecv") and section.rtcp_mux
        if kind is None or codec is None or types is None or not sends:
            taken.append(UpSection(section, None))
            continue
        kinds.remove(kind)
        red = section.find_codec(codecs.RED) if codec is codecs.OPUS else None
        red_type = red.payload_type if red is not None else None
        taken.append(UpSection(section, kind, codec, types.payload_type, types.rtx, red_type))
    if not any(section.kind for section in taken):
        raise BadSdp("nothing offered that the node can use")
    return UpOffer(ufrag, fingerprint, tuple(taken), sections[0].setup == "passive")


def write_up_answer(offer: UpOffer, local: Local) -> str:
    """The answer to an up offer: receives what was taken, with feedback that the node really sends."""
    lines = session_lines(local, [up.section.mid for up in offer.sections if up.kind is not None])
    for up in offer.sections:
        section = up.section
        if up.codec is None:
            lines += [section.refusal, "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}", "a=inactive"]
            continue
        types = [each for each in (up.red_type, up.payload_type, up.rtx_type) if each is not None]
        lines += media_head(section.media, types, section.mid, local, "active" if offer.passive else "passive")
        lines += ["a=recvonly", "a=rtcp-mux"] + (["a=rtcp-rsize"] if section.rtcp_rsize else [])
        wanted = (codecs.URI_MID, codecs.URI_RID, codecs.URI_REPAIRED_RID, codecs.URI_TRANSPORT_CC)
        lines += [f"a=extmap:{section.extensions[uri]} {uri}" for uri in wanted if uri in section.extensions]
        feedback = ["transport-cc"] if codecs.URI_TRANSPORT_CC in section.extensions else []
        if section.media == "video":
            feedback += ["nack", "nack pli", "ccm fir"]
        if up.red_type is not None:
            blocks = f"{up.payload_type}/{up.payload_type}"
            lines += codec_lines(codecs.RED, Types(up.red_type, None), feedback, blocks)
        fmtp = chosen_fmtp(up.codec, section, up.payload_type)
        lines += codec_lines(up.codec, Types(up.payload_type, up.rtx_type), feedback, fmtp)
        if section.receives_rtt:
            lines.append("a=rtcp-xr:rcvr-rtt=all")
        if section.rids:
            lines += [f"a=rid:{rid} recv" for rid in section.rids]
            lines.append("a=simulcast:recv " + ";".join(section.rids))
    return "\r\n".join(lines) + "\r\n"


def write_down_offer(local: Local, ssrcs: dict[str, tuple[int, int]]) -> str:
    """The offer of a down connection; ``ssrcs``: mid → (SSRC, SSRC of retransmissions)."""
    lines = session_lines(local, [slot.mid for slot in SLOTS])
    for slot in SLOTS:
        lines += _slot(slot, local, *ssrcs[slot.mid])
    return "\r\n".join(lines) + "\r\n"


def read_down_answer(text: str) -> DownAnswer:
    """Understand the page's answer to :func:`write_down_offer`. Raises BadSdp."""
    sections = parse(text)
    ufrag, fingerprint = transport([section for section in sections if section.port] or sections)
    taken: dict[str, dict[Codec, Types]] = {}
    by_mid = {slot.mid: slot for slot in SLOTS}
    for section in sections:
        slot = by_mid.get(section.mid)
        if slot is None or section.port == 0 or section.direction not in ("recvonly", "sendrecv"):
            continue
        if section.setup != "active":
            raise BadSdp("the page must be the DTLS client")
        if found := _taken(section, slot):
            taken[slot.mid] = found
    if not taken:
        raise BadSdp("no slot was accepted")
    password = next((section.password for section in sections if section.password), "")
    return DownAnswer(ufrag, fingerprint, taken, all(s.rtcp_rsize for s in sections if s.port), password)


def _slot(slot: Slot, local: Local, ssrc: int, rtx_ssrc: int) -> list[str]:
    lines = media_head(slot.media, numbers(slot.types), slot.mid, local, "actpass")
    lines += ["a=sendonly", "a=rtcp-mux", "a=rtcp-rsize"]
    lines += [f"a=extmap:{codecs.ABS_SEND_TIME_ID} {codecs.URI_ABS_SEND_TIME}", f"a=extmap:{codecs.MID_ID} {codecs.URI_MID}"]
    feedback = ["goog-remb", "nack", "nack pli", "ccm fir"] if slot.media == "video" else []
    for codec, types in slot.types.items():
        lines += codec_lines(codec, types, feedback, codec.fmtp)
    return lines + stream_lines(slot, ssrc, rtx_ssrc if any(types.rtx is not None for types in slot.types.values()) else None)


def stream_lines(slot: Slot, ssrc: int, rtx_ssrc: int | None) -> list[str]:
    """Who sends in a slot (RFC 5576, RFC 8830)."""
    # One stream id for the speaker's picture and the first voice makes the browser keep lips and sound together.
    stream = "stage" if slot.mid in ("voice0", "speaker") else slot.mid
    lines = [f"a=msid:{stream} {slot.mid}"]
    if rtx_ssrc is not None:
        lines.append(f"a=ssrc-group:FID {ssrc} {rtx_ssrc}")
    for each in [ssrc] + ([rtx_ssrc] if rtx_ssrc is not None else []):
        lines += [f"a=ssrc:{each} cname:diemcau", f"a=ssrc:{each} msid:{stream} {slot.mid}"]
    return lines


def numbers(types: dict[Codec, Types]) -> list[int]:
    """All payload types, as an m-line names them."""
    numbers: list[int] = []
    for each in types.values():
        numbers += [each.payload_type] + ([each.rtx] if each.rtx is not None else [])
    return numbers


def _choose(section: MediaSection) -> tuple[Codec | None, Types | None]:
    """The session's best codec of those that the section offers."""
    for codec in (codecs.OPUS,) if section.media == "audio" else (codecs.VP8, codecs.H264):
        if (types := section.find_codec(codec)) is not None:
            return codec, types
    return None, None


def chosen_fmtp(codec: Codec, section: MediaSection, payload_type: int) -> str:
    """How a codec is wanted: of H.264, the profile that was offered (RFC 6184 §8.2.2: it is the same both ways)."""
    if codec is not codecs.H264:
        return codec.fmtp
    profile = section.parameters(payload_type).get("profile-level-id", _DEFAULT_PROFILE)
    return f"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={profile}"


def _taken(section: MediaSection, slot: Slot) -> dict[Codec, Types]:
    """What an answer leaves of the slot's codecs."""
    found: dict[Codec, Types] = {}
    for codec, types in slot.types.items():
        named = section.rtpmap.get(types.payload_type, codec.sdp_name).lower()
        if types.payload_type in section.payload_types and named == codec.sdp_name.lower():
            found[codec] = Types(types.payload_type, types.rtx if types.rtx in section.payload_types else None)
    return found


def session_lines(local: Local, mids: list[str]) -> list[str]:
    """How each description of the node begins."""
    return [
        "v=0",
        f"o=- {int.from_bytes(local.ufrag.encode()[:6], 'big')} 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=group:BUNDLE " + " ".join(mids),
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS *",
    ]


def media_head(media: str, payload_types: list[int], mid: str, local: Local, setup: str) -> list[str]:
    """An m-line with the node\'s side of the path."""
    types = " ".join(map(str, payload_types))
    lines = [
        f"m={media} {local.port} UDP/TLS/RTP/SAVPF {types}",
        f"c=IN IP4 {local.addresses[0]}",
        f"a=mid:{mid}",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        f"a=setup:{setup}",
    ]
    for number, address in enumerate(local.addresses):
        # RFC 8445 §5.1.2.1: host candidates, type preference 126, local preference falling in the order given.
        priority = (126 << 24) + ((65535 - number) << 8) + 255
        lines.append(f"a=candidate:{number + 1} 1 udp {priority} {address} {local.port} typ host")
    return [*lines, "a=end-of-candidates"]


def codec_lines(codec: Codec, types: Types, feedback: list[str], fmtp: str) -> list[str]:
    """A codec under these payload types."""
    lines = [f"a=rtpmap:{types.payload_type} {codec.sdp_name}"]
    lines += [f"a=rtcp-fb:{types.payload_type} {kind}" for kind in feedback]
    if fmtp:
        lines.append(f"a=fmtp:{types.payload_type} {fmtp}")
    if types.rtx is not None:
        lines += [f"a=rtpmap:{types.rtx} rtx/{codec.clock_hz}", f"a=fmtp:{types.rtx} apt={types.payload_type}"]
    return lines


def _kind_for(section: MediaSection, free: list[Kind]) -> Kind | None:
    if not section.offered:
        return None
    fitting: list[Kind] = ["mic"] if section.media == "audio" else ["camera", "screen"] if section.media == "video" else []
    named = _KIND_BY_MID.get(section.mid)
    if named in fitting and named in free:
        return named
    return next((kind for kind in fitting if kind in free), None)


def transport(sections: list[MediaSection]) -> tuple[str, tuple[str, str]]:
    """User fragment and certificate fingerprint of the side that wrote the description. Raises BadSdp."""
    first = sections[0]
    if not _UFRAG.fullmatch(first.ufrag):
        raise BadSdp("no ICE user fragment")
    for algorithm, value in first.fingerprints:
        if algorithm.lower() in ("sha-256", "sha-384", "sha-512") and _DIGEST.fullmatch(value):
            return first.ufrag, (algorithm.lower(), value.upper())
    raise BadSdp("no usable fingerprint")


def parse(text: str) -> list[MediaSection]:
    """The m-lines of a description, with what stands before them put into each. Raises BadSdp."""
    if len(text) > MAX_SDP_BYTES or not text.startswith("v=0"):
        raise BadSdp("not a session description")
    common = MediaSection("session", 0, [])
    sections: list[MediaSection] = []
    try:
        for line in text.splitlines():
            kind, _, value = line.strip().partition("=")
            if kind == "m":
                if len(sections) == MAX_SECTIONS:
                    raise ValueError("too many m-lines")
                sections.append(_media_line(value, common))
            elif kind == "a":
                name, _, rest = value.partition(":")
                _attribute(sections[-1] if sections else common, name, rest)
    except (ValueError, IndexError) as error:
        raise BadSdp("malformed line") from error
    if not sections:
        raise BadSdp("no m-lines")
    mids = [section.mid for section in sections]
    if len(set(mids)) != len(mids) or not all(_MID.fullmatch(mid) for mid in mids):
        raise BadSdp("m-lines need a mid each")
    return sections


def _media_line(value: str, common: MediaSection) -> MediaSection:
    media, port, protocol, *types = value.split()
    if protocol != "UDP/TLS/RTP/SAVPF" and media in ("audio", "video"):
        raise ValueError("not WebRTC's profile")
    numbers = [int(each) for each in types] if media in ("audio", "video") else []
    if not types or not all(0 <= number < 128 for number in numbers):
        raise ValueError("payload types")
    return MediaSection(
        media,
        int(port),
        numbers,
        refusal=f"m={media} 0 {protocol} {types[0]}",
        setup=common.setup,
        ufrag=common.ufrag,
        password=common.password,
        fingerprints=list(common.fingerprints),
    )


def _attribute(section: MediaSection, name: str, value: str) -> None:
    match name:
        case "mid":
            section.mid = value
        case "sendrecv" | "sendonly" | "recvonly" | "inactive":
            section.direction = name
        case "setup":
            section.setup = value
        case "ice-ufrag":
            section.ufrag = value
        case "ice-pwd":
            section.password = value
        case "bundle-only":
            section.bundle_only = True
        case "rtcp-mux":
            section.rtcp_mux = True
        case "rtcp-rsize":
            section.rtcp_rsize = True
        case "fingerprint":
            algorithm, digest = value.split()
            if len(section.fingerprints) < MAX_FINGERPRINTS:
                section.fingerprints.append((algorithm, digest))
        case "rtpmap":
            payload_type, encoding = value.split(None, 1)
            section.rtpmap[int(payload_type)] = encoding.strip()
        case "rtcp-fb":
            payload_type, kind = value.split(None, 1)
            section.feedback.setdefault(-1 if payload_type == "*" else int(payload_type), []).append(kind.strip())
        case "fmtp":
            payload_type, parameters = value.split(None, 1)
            section.fmtp[int(payload_type)] = parameters
        case "extmap":
            ident, uri, *_ = value.split()
            number = int(ident.partition("/")[0])
            if 1 <= number <= 255 and number != 15:
                section.extensions[uri] = number
        case "rtcp-xr":
            section.receives_rtt = "rcvr-rtt" in value
        case "simulcast":
            section.rids = _send_rids(value)
        case "ssrc":
            number = int(value.split()[0])
            if number not in section.ssrcs and len(section.ssrcs) < 8:
                section.ssrcs.append(number)
        case "ssrc-group" if value.startswith("FID "):
            source, repair = (int(each) for each in value.split()[1:3])
            section.repairs[repair] = source


def _send_rids(value: str) -> list[str]:
    words = value.split()
    if "send" not in words:
        return []
    # "~" marks a layer that is paused at first; of alternatives (by comma) the first one counts.
    rids = [each.split(",")[0].lstrip("~") for each in words[words.index("send") + 1].split(";")]
    if len(set(rids)) != len(rids) or not all(_RID.fullmatch(rid) for rid in rids):
        raise ValueError("simulcast layers")
    return rids[:MAX_LAYERS]
