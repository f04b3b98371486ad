import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PeerState } from "./peer";
import { type Tracks, Up } from "./up";

const NOTHING: Tracks = { microphone: null, camera: null, screen: null };
const track = (id: string) => ({ id }) as unknown as MediaStreamTrack;

/** A sender whose `track` changes late, as a browser's does. */
class Sender {
  track: MediaStreamTrack | null = null;
  asked: (string | null)[] = [];
  async replaceTrack(next: MediaStreamTrack | null): Promise<void> {
    this.asked.push(next && (next as unknown as { id: string }).id);
    await Promise.resolve();
    this.track = next;
  }
}

/** Stands for the browser's connection: says what it says in tests. */
class Connection {
  static made: Connection[] = [];
  connectionState: RTCPeerConnectionState = "new";
  onconnectionstatechange: (() => void) | null = null;
  ontrack = null;
  localDescription = { sdp: "offer" };
  senders: Sender[] = [];
  kinds: string[] = [];
  closed = false;
  constructor() {
    Connection.made.push(this);
  }
  addTransceiver(kind: string): { sender: Sender } {
    this.kinds.push(kind);
    const sender = new Sender();
    this.senders.push(sender);
    return { sender };
  }
  createOffer = async () => ({ type: "offer", sdp: "offer" });
  setLocalDescription = async () => undefined;
  setRemoteDescription = async () => undefined;
  close(): void {
    this.closed = true;
  }
  becomes(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

function rig(exchange: (offer: string) => Promise<string> = async () => "answer") {
  const states: PeerState[] = [];
  const up = new Up(exchange, (state) => states.push(state));
  return { up, states, last: () => Connection.made[Connection.made.length - 1] as Connection };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
  Connection.made = [];
  vi.stubGlobal("RTCPeerConnection", Connection);
  vi.stubGlobal("RTCRtpSender", { getCapabilities: () => null });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("Up", () => {
  it("offers microphone, camera, screen in the order that the node expects, with no track", async () => {
    const { up, last } = rig();
    up.restart();
    await vi.advanceTimersByTimeAsync(0);
    expect(last().kinds).toEqual(["audio", "video", "video"]);
    expect(last().senders.flatMap((sender) => sender.asked)).toEqual([]);
  });

  it("ends up sending nothing when something is switched on and off at once", async () => {
    const { up, last } = rig();
    up.restart();
    await vi.advanceTimersByTimeAsync(0);
    up.send({ ...NOTHING, microphone: track("m") });
    up.send(NOTHING);
    await vi.advanceTimersByTimeAsync(0);
    expect(last().senders[0]?.asked).toEqual(["m", null]);
    expect(last().senders[0]?.track).toBeNull();
  });

  it("replaces a connection that failed, and sends the same tracks on the new one", async () => {
    const { up, states, last } = rig();
    up.restart();
    up.send({ ...NOTHING, camera: track("c") });
    await vi.advanceTimersByTimeAsync(0);
    last().becomes("connected");
    const old = last();
    last().becomes("failed");
    await vi.advanceTimersByTimeAsync(500);
    expect(old.closed).toBe(true);
    expect(last()).not.toBe(old);
    expect(last().senders[1]?.asked).toEqual(["c"]);
    last().becomes("connected");
    expect(states).toEqual(["connecting", "connected", "broken", "connecting", "connected"]);
  });

  it("lets a connection stumble for a moment before it is replaced", async () => {
    const { up, last } = rig();
    up.restart();
    await vi.advanceTimersByTimeAsync(0);
    last().becomes("connected");
    last().becomes("disconnected");
    await vi.advanceTimersByTimeAsync(3000);
    last().becomes("connected");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Connection.made).toHaveLength(1);
    last().becomes("disconnected");
    await vi.advanceTimersByTimeAsync(4500);
    expect(Connection.made).toHaveLength(2);
  });

  it("tries again when the node does not answer, and stops when closed", async () => {
    const { up, states } = rig(() => Promise.reject(new Error("no answer")));
    up.restart();
    await vi.advanceTimersByTimeAsync(500);
    expect(Connection.made).toHaveLength(2);
    up.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Connection.made).toHaveLength(2);
    expect(states[states.length - 1]).toBe("idle");
  });
});
