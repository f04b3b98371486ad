// How this page's link is, from the browser's own counters, and the one word for it.

export type LinkWord = "good" | "fair" | "poor" | "none";

export interface LinkSample {
  rttMs: number | null;
  /** Fractions 0..1 since the sample before; null where nothing was sent or received. */
  lossUp: number | null;
  lossDown: number | null;
  downBps: number;
  /** Packets of sound and picture that arrived, ever. */
  received: number;
}

interface Count {
  received: number;
  lost: number;
  bytes: number;
  atMs: number;
}

/** The word for a link. Sound suffers beyond about 5 % loss or 400 ms; a conversation beyond 10 % or 800 ms. */
export function linkWord(link: { rttMs: number | null; lossUp: number | null; lossDown: number | null }): LinkWord {
  const loss = Math.max(link.lossUp ?? 0, link.lossDown ?? 0);
  const rtt = link.rttMs ?? 0;
  if (loss > 0.1 || rtt > 800) return "poor";
  if (loss > 0.03 || rtt > 400) return "fair";
  return "good";
}

function fraction(lost: number, received: number): number | null {
  const all = Math.max(0, lost) + received;
  return all > 0 ? Math.max(0, lost) / all : null;
}

type Report = Record<string, number | string | boolean | undefined>;

function number(value: Report[string]): number {
  return typeof value === "number" ? value : 0;
}

export class LinkMeter {
  private before: Count | null = null;

  /** Reads both connections; either may be missing. */
  async sample(down: RTCPeerConnection | null, up: RTCPeerConnection | null): Promise<LinkSample> {
    const now: Count = { received: 0, lost: 0, bytes: 0, atMs: performance.now() };
    let rttMs: number | null = null;
    let lossUp: number | null = null;
    const roundTrip = (report: Report) => {
      if (report.type === "candidate-pair" && report.nominated && typeof report.currentRoundTripTime === "number") {
        rttMs = Math.max(rttMs ?? 0, report.currentRoundTripTime * 1000);
      }
    };
    (await down?.getStats())?.forEach((report: Report) => {
      roundTrip(report);
      if (report.type !== "inbound-rtp") return;
      now.received += number(report.packetsReceived);
      now.lost += number(report.packetsLost);
      now.bytes += number(report.bytesReceived);
    });
    (await up?.getStats())?.forEach((report: Report) => {
      roundTrip(report);
      if (report.type !== "remote-inbound-rtp" || typeof report.fractionLost !== "number") return;
      lossUp = Math.max(lossUp ?? 0, report.fractionLost);
    });
    const before = this.before;
    this.before = now;
    if (!before || now.received < before.received) {
      return { rttMs, lossUp, lossDown: null, downBps: 0, received: now.received };
    }
    const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1000);
    return {
      rttMs,
      lossUp,
      lossDown: fraction(now.lost - before.lost, now.received - before.received),
      downBps: (8 * (now.bytes - before.bytes)) / seconds,
      received: now.received,
    };
  }
}
