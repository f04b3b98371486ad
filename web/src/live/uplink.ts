// Carries out what line.ts says, on one connection: reads the browser's estimate, switches the camera's layers, and
// makes Chromium measure the line. Other browsers tell no estimate, and are left alone.
import { Line } from "./line";
import { regularly } from "./regularly";

const EVERY_MS = 150;
/** Above all that a page sends, so that it limits nothing. */
const MOST_LIMIT_KBPS = 5_000;
/** A probe asks whether the line carries so many times more; at least whether it carries the next picture. */
const PROBE_FACTOR = 3;
const LEAST_PROBE_KBPS = 450;
/** When a line falls the estimate is too high for seconds; so much of it is used, within bounds, until the first probe. */
const DRAIN_SHARE = 0.5;
const LEAST_DRAIN_KBPS = 110;
const MOST_DRAIN_KBPS = 200;
/** What waits before the narrow place passes by then, and a new picture no longer meets a full queue that loses some of it. */
const DRAIN_MS = 300;
/** Of a voice, without its repetition. */
export const VOICE_BPS = 48_000;
const SMALL_VOICE_BPS = 24_000;

export class Uplink {
  private readonly line = new Line();
  private small = false;
  readonly stop: () => void;

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly camera: RTCRtpSender,
    private readonly microphone: RTCRtpSender,
  ) {
    this.stop = regularly(EVERY_MS, () => this.look());
  }

  private async look(): Promise<void> {
    if (!this.camera.track) return;
    const reports = [...(await this.camera.getStats()).values()];
    const availableBps = reports.find((each) => each.availableOutgoingBitrate)?.availableOutgoingBitrate;
    if (!availableBps) return;
    const limited = reports.some((each) => each.type === "outbound-rtp" && each.qualityLimitationReason === "bandwidth");
    const step = this.line.read({ atMs: performance.now(), availableBps, limited });
    if (step === "probe") await this.probe(availableBps);
    else if (step) await this.allow(step === "wide", availableBps);
  }

  /**
   * Send all layers, or the first one only: what waits in the browser is then thrown away, and until the first probe so
   * little is sent that what waits on the line can pass.
   */
  private async allow(all: boolean, availableBps: number): Promise<void> {
    this.small = !all;
    const drainKbps = Math.round(Math.min(MOST_DRAIN_KBPS, Math.max(LEAST_DRAIN_KBPS, (DRAIN_SHARE * availableBps) / 1000)));
    if (!all) await this.forget(drainKbps);
    await this.apply(all ? MOST_LIMIT_KBPS : drainKbps);
    const parameters = this.microphone.getParameters();
    for (const encoding of parameters.encodings) encoding.maxBitrate = all ? VOICE_BPS : SMALL_VOICE_BPS;
    await this.microphone.setParameters(parameters);
  }

  /**
   * Where a line has fallen hundreds of kilobits wait in the browser to be sent again before any new picture: seconds on a
   * narrow line, and nobody needs them. They are thrown away with the section, which stops and a moment later begins again.
   */
  private async forget(kbps: number): Promise<void> {
    const transceiver = this.connection.getTransceivers().find((each) => each.sender === this.camera);
    if (!transceiver) return;
    transceiver.direction = "inactive";
    try {
      await this.apply(kbps);
      await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    } finally {
      transceiver.direction = "sendonly";
    }
  }

  /**
   * Chromium measures the line at once where it is allowed to send more than before (ProbeController::SetBitrates), at the
   * rate that is allowed now.
   */
  private async probe(availableBps: number): Promise<void> {
    const kbps = Math.min(MOST_LIMIT_KBPS, Math.max(LEAST_PROBE_KBPS, Math.ceil((PROBE_FACTOR * availableBps) / 1000)));
    await this.apply(kbps - 1);
    await this.apply(kbps);
  }

  /** The description is applied anew in this page alone: the node hears nothing of it. */
  private async apply(kbps: number): Promise<void> {
    const answer = this.connection.currentRemoteDescription;
    if (!answer || this.connection.signalingState !== "stable") return;
    await this.connection.setLocalDescription(await this.connection.createOffer());
    const offer = this.connection.localDescription?.sdp ?? "";
    await this.connection.setRemoteDescription({ type: "answer", sdp: matched(limited(answer.sdp, kbps, this.small), offer) });
  }
}

/** The answer to this offer: sections that send nothing are answered so, the others receive. */
export function matched(answer: string, offer: string): string {
  const offered = offer.split(/^(?=m=)/m);
  return answer
    .split(/^(?=m=)/m)
    .map((section, place) => {
      const silent = offered[place]?.includes("a=inactive");
      return silent ? section.replace("a=recvonly", "a=inactive") : section.replace("a=inactive", "a=recvonly");
    })
    .join("");
}

/**
 * The description with a limit for what is sent in each of its video sections (RFC 8866 §5.8); `small`: all layers but the
 * first are paused (RFC 8853 §5.1).
 */
export function limited(sdp: string, kbps: number, small: boolean): string {
  const [head = "", ...sections] = sdp.split(/^(?=m=)/m);
  const changed = sections.map((section) => {
    if (!section.startsWith("m=video")) return section;
    const lines = section.split("\r\n").filter((line) => !line.startsWith("b="));
    const after = lines.findIndex((line) => line.startsWith("c=")) + 1 || 1;
    const limits = [...lines.slice(0, after), `b=AS:${kbps}`, ...lines.slice(after)];
    return limits.map((line) => (line.startsWith(LAYERS) ? layers(line, small) : line)).join("\r\n");
  });
  return head + changed.join("");
}

const LAYERS = "a=simulcast:recv ";

function layers(line: string, small: boolean): string {
  const rids = line.slice(LAYERS.length).replaceAll("~", "").split(";");
  return LAYERS + rids.map((rid, place) => (small && place > 0 ? `~${rid}` : rid)).join(";");
}
