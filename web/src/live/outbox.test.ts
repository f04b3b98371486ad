import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveListener, LiveState } from "./live";
import { Outbox } from "./outbox";
import { aSnapshot } from "./samples";
import { type Bare, CommandError } from "./socket";
import type { ChatView, ServerMessage } from "../wire.gen";

const HELLO: Bare = { type: "chat.send", room: "all", text: "Xin chào " };

/** A line that is up or down. */
class Line {
  up = true;
  said: Bare[] = [];
  chat: ChatView[] = [];
  listener: LiveListener = {};
  refusal: CommandError | null = null;
  readonly state = { get: () => this.now() };

  phase: LiveState["phase"] = "inside";

  private now(): LiveState {
    const snapshot = aSnapshot({ chat: this.chat });
    return { phase: this.phase, reason: "", me: "a", abilities: new Set(), snapshot, links: {} };
  }
  listen(listener: LiveListener): void {
    this.listener = listener;
  }
  ask(command: Bare): Promise<ServerMessage> {
    if (this.refusal) return Promise.reject(this.refusal);
    if (!this.up) return Promise.reject(new CommandError("socket.lost"));
    this.said.push(command);
    return Promise.resolve({ type: "ok", ref: "1" });
  }
  comes(): void {
    this.up = true;
    this.listener.welcome?.();
  }
}

describe("what is said while the connection is away", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is said at once where the connection stands", async () => {
    const line = new Line();
    await new Outbox(line).say(HELLO);
    expect(line.said).toEqual([HELLO]);
  });

  it("is done where the server says that it is already so", async () => {
    const line = new Line();
    line.refusal = new CommandError("floor.already_holder");
    await new Outbox(line).say({ type: "floor.grant", seat: "b" });
    line.refusal = new CommandError("floor.not_running");
    await expect(new Outbox(line).say({ type: "floor.grant", seat: "b" })).rejects.toThrow("floor.not_running");
  });

  it("is kept, and said in its order when the page is back", async () => {
    const line = new Line();
    const outbox = new Outbox(line);
    line.up = false;
    const commands: Bare[] = [HELLO, { type: "floor.request" }];
    const both = Promise.all(commands.map((command) => outbox.say(command)));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(line.said).toEqual([]);
    line.comes();
    await both;
    expect(line.said).toEqual(commands);
  });

  it("is kept over a second loss", async () => {
    const line = new Line();
    line.up = false;
    const saying = new Outbox(line).say(HELLO);
    await vi.advanceTimersByTimeAsync(1);
    line.listener.welcome?.(); // and lost again before it could be said
    await vi.advanceTimersByTimeAsync(1);
    line.comes();
    await saying;
    expect(line.said).toEqual([HELLO]);
  });

  it("is not said twice where the server had heard it", async () => {
    const line = new Line();
    line.up = false;
    const saying = new Outbox(line).say(HELLO);
    await vi.advanceTimersByTimeAsync(1);
    line.chat = [{ id: "m1", seat: "a", room: "all", text: "Xin chào", at_ms: 1 }];
    line.comes();
    await saying;
    expect(line.said).toEqual([]);
  });

  it("is told as lost when its moment has passed, or the page has left", async () => {
    const line = new Line();
    const outbox = new Outbox(line);
    line.up = false;
    const late = expect(outbox.say(HELLO)).rejects.toMatchObject({ code: "socket.lost" });
    await vi.advanceTimersByTimeAsync(120_000);
    await late;
    const left = expect(outbox.say(HELLO)).rejects.toMatchObject({ code: "socket.lost" });
    await vi.advanceTimersByTimeAsync(1);
    line.listener.gone?.();
    await left;
    line.phase = "taken";
    await expect(outbox.say(HELLO)).rejects.toMatchObject({ code: "socket.lost" });
    line.comes();
    expect(line.said).toEqual([]);
  });

  it("is refused as ever, and a chair's command is not kept", async () => {
    const line = new Line();
    const outbox = new Outbox(line);
    line.refusal = new CommandError("chat.too_fast");
    await expect(outbox.say(HELLO)).rejects.toMatchObject({ code: "chat.too_fast" });
    line.refusal = null;
    line.up = false;
    await expect(outbox.say({ type: "floor.recall" })).rejects.toMatchObject({ code: "socket.lost" });
  });
});
