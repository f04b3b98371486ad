import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Playout } from "./playout";

interface Counts {
  packetsReceived: number;
  nackCount: number;
}

function receiver(kind: "audio" | "video", counts: Counts, muted = false) {
  const stats = () => [
    { type: "inbound-rtp", ...counts },
    { type: "candidate-pair", currentRoundTripTime: 0.02 },
  ];
  return { track: { kind, muted }, jitterBufferTarget: null as number | null, getStats: vi.fn(async () => stats()) };
}

function connection(...receivers: object[]): RTCPeerConnection {
  return { getTransceivers: () => receivers.map((each) => ({ receiver: each })) } as unknown as RTCPeerConnection;
}

describe("Playout", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("holds a picture back whose packets have to be sent again, and no other", async () => {
    const counts = { packetsReceived: 100, nackCount: 0 };
    const [picture, voice] = [receiver("video", counts), receiver("audio", counts)];
    const silent = receiver("video", counts, true);
    const playout = new Playout(connection(voice, picture, silent));
    await vi.advanceTimersByTimeAsync(1000);
    expect(picture.jitterBufferTarget).toBe(null);
    Object.assign(counts, { packetsReceived: 150, nackCount: 6 });
    await vi.advanceTimersByTimeAsync(500);
    expect(picture.jitterBufferTarget).toBe(200);
    expect([voice.jitterBufferTarget, silent.jitterBufferTarget]).toEqual([null, null]);
    expect(voice.getStats).not.toHaveBeenCalled();
    playout.stop();
  });

  it("looks no more after it was stopped, and survives a connection that was closed", async () => {
    const picture = receiver("video", { packetsReceived: 1, nackCount: 0 });
    const playout = new Playout(connection(picture));
    picture.getStats.mockRejectedValueOnce(new Error("closed"));
    await vi.advanceTimersByTimeAsync(1000);
    expect(picture.getStats).toHaveBeenCalledTimes(2);
    playout.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(picture.getStats).toHaveBeenCalledTimes(2);
  });

  it("leaves a browser alone that cannot hold back", async () => {
    const { jitterBufferTarget: _, ...old } = receiver("video", { packetsReceived: 1, nackCount: 0 });
    const playout = new Playout(connection(old));
    await vi.advanceTimersByTimeAsync(1000);
    expect(old.getStats).not.toHaveBeenCalled();
    playout.stop();
  });
});
