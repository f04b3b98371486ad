// What this page sends: microphone, camera in three layers, screen. Offered once, without tracks; what is sent
// is put in later.
import { Peer, type PeerState } from "./peer";
import { Uplink, VOICE_BPS } from "./uplink";

export type Source = "microphone" | "camera" | "screen";
export type Tracks = Record<Source, MediaStreamTrack | null>;

/**
 * Low to high; a viewer gets the best that its line carries. Encodings below a camera's size are left out by the
 * browser.
 */
const CAMERA_LAYERS: RTCRtpEncodingParameters[] = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
];
const SCREEN: RTCRtpEncodingParameters[] = [{ maxBitrate: 2_500_000, maxFramerate: 15 }];
const VOICE: RTCRtpEncodingParameters[] = [{ maxBitrate: VOICE_BPS, priority: "high", networkPriority: "high" }];

/**
 * VP8, which every browser decodes, else H.264: what the node forwards, with its retransmissions. Null where the
 * browser cannot say.
 */
function videoCodecs(): RTCRtpCodec[] | null {
  const known = RTCRtpSender.getCapabilities?.("video")?.codecs ?? [];
  const name = ["video/vp8", "video/h264"].find((each) => known.some((codec) => codec.mimeType.toLowerCase() === each));
  return name ? known.filter((codec) => [name, "video/rtx"].includes(codec.mimeType.toLowerCase())) : null;
}

const NOTHING: Tracks = { microphone: null, camera: null, screen: null };

export class Up extends Peer {
  private senders: Partial<Record<Source, RTCRtpSender>> = {};
  /** What each sender was last asked to send: `sender.track` lags behind, and what was switched off must be off. */
  private placed: Tracks = NOTHING;
  private wanted: Tracks = NOTHING;
  private uplink: Uplink | null = null;

  /** `exchange` hands an offer to the node and resolves with its answer. */
  constructor(
    private readonly exchange: (offer: string) => Promise<string>,
    onState: (state: PeerState) => void,
    servers?: () => RTCIceServer[],
  ) {
    super(onState, servers);
  }

  /** From now on exactly these tracks are sent; null sends nothing. Survives a new connection. */
  send(tracks: Tracks): void {
    this.wanted = tracks;
    this.place();
  }

  protected async negotiate(connection: RTCPeerConnection): Promise<void> {
    // The order is the contract with the node: first audio is the microphone, first video the camera, second the
    // screen.
    const microphone = connection.addTransceiver("audio", { direction: "sendonly", sendEncodings: VOICE });
    const camera = connection.addTransceiver("video", { direction: "sendonly", sendEncodings: CAMERA_LAYERS });
    const screen = connection.addTransceiver("video", { direction: "sendonly", sendEncodings: SCREEN });
    const codecs = videoCodecs();
    if (codecs?.length) for (const transceiver of [camera, screen]) transceiver.setCodecPreferences?.(codecs);
    this.senders = { microphone: microphone.sender, camera: camera.sender, screen: screen.sender };
    this.placed = NOTHING;
    this.place();
    const offer = await connection.createOffer();
    await connection.setLocalDescription(offer);
    const answer = await this.exchange(connection.localDescription?.sdp ?? "");
    await connection.setRemoteDescription({ type: "answer", sdp: answer });
    if (this.connection === connection) this.uplink = new Uplink(connection, camera.sender, microphone.sender);
  }

  protected override discard(): void {
    this.uplink?.stop();
    this.uplink = null;
    super.discard();
  }

  private place(): void {
    for (const source of ["microphone", "camera", "screen"] as const) {
      const sender = this.senders[source];
      const track = this.wanted[source];
      if (!sender || this.placed[source] === track) continue;
      this.placed = { ...this.placed, [source]: track };
      // Rejects only where the connection is closed: then the next one places the track again.
      sender.replaceTrack(track).catch(() => undefined);
    }
  }
}
