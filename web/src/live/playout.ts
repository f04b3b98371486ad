// Carries out what patience.ts says, for the pictures of one connection.
import { Patience } from "./patience";
import { regularly } from "./regularly";

const EVERY_MS = 500;

type Report = Record<string, number | string | boolean | undefined>;

export class Playout {
  /** From then on nothing changes any more. */
  readonly stop: () => void;

  constructor(connection: RTCPeerConnection) {
    const pictures = connection
      .getTransceivers()
      .map(({ receiver }) => receiver)
      .filter((receiver) => receiver.track.kind === "video" && "jitterBufferTarget" in receiver)
      .map((receiver) => ({ receiver, patience: new Patience() }));
    this.stop = regularly(EVERY_MS, async () => {
      for (const { receiver, patience } of pictures) await look(receiver, patience);
    });
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
