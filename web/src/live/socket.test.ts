import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { aSnapshot } from "./samples";
import { CommandError, type End, retryDelayMs, SessionSocket, type SocketState } from "./socket";
import type { ServerMessage, Welcome } from "../wire.gen";

/** Stands for the browser's WebSocket: what was sent can be read, what the server says can be said. */
class Wire {
  readyState = 0;
  bufferedAmount = 0;
  sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.readyState = 3;
  }
  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  says(message: Partial<ServerMessage>): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  closes(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  get last(): Record<string, unknown> {
    return this.sent[this.sent.length - 1] ?? {};
  }
}

const WELCOME: Welcome = {
  type: "welcome",
  version: 2,
  seat: "a",
  abilities: [],
  server_ms: 0,
  heartbeat_s: 15,
  ice: [],
  snapshot: aSnapshot(),
};

function rig(takeOver = false) {
  const wires: Wire[] = [];
  const seen = {
    states: [] as SocketState[],
    ends: [] as [End, string | undefined][],
    messages: [] as string[],
    welcomes: 0,
  };
  const socket = new SessionSocket(
    {
      url: "ws://x/",
      page: "p",
      takeOver,
      random: () => 1,
      open: () => {
        wires.push(new Wire());
        return wires[wires.length - 1] as unknown as WebSocket;
      },
    },
    {
      welcome: () => void (seen.welcomes += 1),
      message: (message) => void seen.messages.push(message.type),
      state: (state) => void seen.states.push(state),
      end: (reason, error) => void seen.ends.push([reason, error?.code]),
      alive: () => undefined,
      mediaFlowing: () => true,
      receives: () => true,
    },
  );
  socket.start();
  const wire = () => wires[wires.length - 1] as Wire;
  return { socket, wires, wire, seen };
}

async function inside(takeOver = false) {
  const all = rig(takeOver);
  all.wire().opens();
  all.wire().says(WELCOME);
  await vi.advanceTimersByTimeAsync(0);
  return all;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("SessionSocket", () => {
  it("says hello first and is open once welcomed", async () => {
    const { wire, seen } = await inside(true);
    expect(wire().sent[0]).toEqual({ type: "hello", version: 2, page: "p", take_over: true, receive: true, ref: "1" });
    expect(seen).toMatchObject({ states: ["connecting", "open"], welcomes: 1 });
  });

  it("pairs answers with questions by reference, whatever their order", async () => {
    const { socket, wire } = await inside();
    const first = socket.ask({ type: "floor.request" });
    const second = socket.ask({ type: "down.start" });
    wire().says({ type: "down.offer", ref: "3", sdp: "v=0" });
    wire().says({ type: "error", ref: "2", code: "floor.already_waiting", text: "Đã đăng ký." });
    await expect(second).resolves.toMatchObject({ type: "down.offer" });
    await expect(first).rejects.toMatchObject({ code: "floor.already_waiting", text: "Đã đăng ký." });
  });

  it("gives up on an answer that does not come, without closing", async () => {
    const { socket, seen } = await inside();
    const asked = expect(socket.ask({ type: "resync" })).rejects.toMatchObject({ code: "socket.timeout" });
    await vi.advanceTimersByTimeAsync(10_000);
    await asked;
    expect(seen.states).toEqual(["connecting", "open"]);
  });

  it("comes back with growing pauses, and answers what was open with socket.lost", async () => {
    const { socket, wires, wire, seen } = await inside();
    const asked = expect(socket.ask({ type: "resync" })).rejects.toMatchObject({ code: "socket.lost" });
    wire().closes();
    await asked;
    await expect(socket.ask({ type: "resync" })).rejects.toBeInstanceOf(CommandError);
    await vi.advanceTimersByTimeAsync(500);
    expect(wires).toHaveLength(2);
    wire().closes();
    await vi.advanceTimersByTimeAsync(999);
    expect(wires).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(wires).toHaveLength(3);
    wire().opens();
    wire().says(WELCOME);
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.welcomes).toBe(2);
    expect(seen.ends).toEqual([]);
  });

  it("does not take the seat over a second time when it reconnects", async () => {
    const { wire } = await inside(true);
    wire().closes();
    await vi.advanceTimersByTimeAsync(500);
    wire().opens();
    expect(wire().last).toMatchObject({ type: "hello", take_over: false });
  });

  it("beats, and drops a connection that does not answer", async () => {
    const { wires, wire } = await inside();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(wire().last).toMatchObject({ type: "heartbeat", number: 1, media_flowing: true });
    wire().says({ type: "alive", number: 1, server_ms: 1 });
    await vi.advanceTimersByTimeAsync(14_999);
    expect(wires).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1 + 10_000 + 500);
    expect(wires).toHaveLength(2);
  });

  it.each([
    ["seat.occupied", "occupied"],
    ["core.not_signed_in", "signed_out"],
    ["core.not_allowed", "refused"],
  ])("ends when hello is answered with %s", async (code, end) => {
    const { wire, wires, seen } = rig();
    wire().opens();
    wire().says({ type: "error", ref: "1", code, text: "…" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen.ends).toEqual([[end, code]]);
    expect(wires).toHaveLength(1);
  });

  it("ends when another page takes the seat or the login expires", async () => {
    const one = await inside();
    one.wire().says({ type: "seat.taken" });
    const other = await inside();
    other.wire().closes(4401);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(one.seen.ends).toEqual([["taken", undefined]]);
    expect(other.seen.ends).toEqual([["signed_out", undefined]]);
    expect([one.wires.length, other.wires.length]).toEqual([1, 1]);
  });

  it("hands on why the server would not let it in", async () => {
    const { wire, seen } = rig();
    wire().opens();
    wire().says({ type: "error", ref: null, code: "session.not_summoned", text: "Không có tên." });
    wire().closes(4403);
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.ends).toEqual([["refused", "session.not_summoned"]]);
    expect(seen.messages).toEqual([]);
  });

  it("waits longer for a welcome than for other answers, then tries anew", async () => {
    const { wire, wires } = rig();
    wire().opens();
    await vi.advanceTimersByTimeAsync(29_999);
    expect(wires).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1 + 500);
    expect(wires).toHaveLength(2);
  });

  it("says goodbye when it leaves and does not come back", async () => {
    const { socket, wire, wires, seen } = await inside();
    socket.leave();
    expect(wire().last).toEqual({ type: "leave" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(wires).toHaveLength(1);
    expect(seen.ends).toEqual([["left", undefined]]);
  });

  it("refuses to pile up questions", async () => {
    const { socket } = await inside();
    const all = Array.from({ length: 65 }, () =>
      socket.ask({ type: "resync" }).catch((error: CommandError) => error.code),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await Promise.all(all)).filter((code) => code === "socket.busy")).toHaveLength(1);
  });

  it("hands on what is no answer, and outlives nonsense by reconnecting", async () => {
    const { wire, wires, seen } = await inside();
    wire().says({ type: "media.lost" });
    expect(seen.messages).toEqual(["media.lost"]);
    wire().onmessage?.({ data: "{" });
    await vi.advanceTimersByTimeAsync(500);
    expect(wires).toHaveLength(2);
  });
});

describe("coming back after a cut", () => {
  it("asks anew every 1.5 s while nobody answers, and stops hurrying in the end", async () => {
    const first = rig();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(first.wires).toHaveLength(1); // the first time it takes as long as it takes
    first.socket.leave();
    const { wires, wire, socket } = await inside();
    wire().onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(500);
    expect(wires).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(wires.length).toBeGreaterThanOrEqual(11);
    await vi.advanceTimersByTimeAsync(60_000);
    const soon = wires.length;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(wires.length - soon).toBeLessThanOrEqual(3);
    socket.leave();
  });
});

describe("retryDelayMs", () => {
  it("doubles to a limit and is spread over the upper half", () => {
    expect([0, 1, 2, 10, 99].map((attempt) => retryDelayMs(attempt, 1))).toEqual([500, 1000, 2000, 15_000, 15_000]);
    expect(retryDelayMs(1, 0)).toBe(500);
  });
});
