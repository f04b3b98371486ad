// Carries out what patience.ts says, for the pictures of one connection.
import { Patience } from "./patience";

const EVERY_MS = 500;

type Report = Record<string, number | string | boolean | undefined>;

export class Playout {
  private readonly pictures = new Map<RTCRtpReceiver, Patience>();
  private busy = false;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(connection: RTCPeerConnection) {
    for (const { receiver } of connection.getTransceivers()) {
      if (receiver.track.kind === "video" && "jitterBufferTarget" in receiver) this.pictures.set(receiver, new Patience());
    }
    this.timer = setInterval(() => void this.lookOnce(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async lookOnce(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (const [receiver, patience] of this.pictures) await look(receiver, patience);
    } catch {
      // The connection was closed meanwhile.
    } finally {
      this.busy = false;
    }
  }
}

async function look(receiver: RTCRtpReceiver, patience: Patience): Promise<void> {
  if (receiver.track.muted) return;
  let picture: Report | undefined;
  let rttMs: number | null = null;
  (await receiver.getStats()).forEach((report: Report) => {
    if (report.type === "inbound-rtp") picture = report;
    if (report.type === "candidate-pair" && typeof report.currentRoundTripTime === "number") {
      rttMs = Math.max(rttMs ?? 0, 1000 * report.currentRoundTripTime);
    }
  });
  if (!picture) return;
  const held = patience.read({
    atMs: performance.now(),
    packets: Number(picture.packetsReceived ?? 0),
    asked: Number(picture.nackCount ?? 0),
    rttMs,
  });
  if (held !== receiver.jitterBufferTarget) receiver.jitterBufferTarget = held;
}
