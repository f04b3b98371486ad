// A page's part in a live session: the socket, the snapshot kept up to date by events, the server's clock.
import { step } from "./reduce";
import type { LiveConfig } from "./config";
import { socketUrl } from "./config";
import { ServerClock } from "./clock";
import { type Bare, CommandError, type End, SessionSocket } from "./socket";
import { Store } from "./store";
import type { Event, LinkView, ServerMessage, Snapshot, Welcome } from "../wire.gen";

export interface LiveState {
  /** `away`: was inside, is coming back. */
  phase: "connecting" | "inside" | "away" | End;
  /** What the server said when it closed the door, in the page's language; may be empty. */
  reason: string;
  me: string;
  abilities: ReadonlySet<string>;
  snapshot: Snapshot | null;
  /** What the node last said of each seat's link, and when (local clock, ms). */
  links: Readonly<Record<string, { view: LinkView; atMs: number }>>;
}

export interface LiveListener {
  /** In the seat, for the first time or again. */
  welcome?(): void;
  /** The session moved on, by one event or (after a gap) by several. `before` is null at the first snapshot. */
  changed?(before: Snapshot | null, after: Snapshot): void;
  mediaLost?(): void;
  /** The node's offer to receive, as it was wanted at the hello. */
  offered?(sdp: string): void;
  /** The page is not in the session any more, and does not come back by itself. */
  gone?(): void;
}

export class Live {
  readonly state = new Store<LiveState>({
    phase: "connecting",
    reason: "",
    me: "",
    abilities: new Set(),
    snapshot: null,
    links: {},
  });
  readonly clock = new ServerClock();
  /** Where sound and picture can be relayed; by the last welcome. */
  iceServers: RTCIceServer[] = [];
  /** Asked at each heartbeat: have packets of sound or picture arrived since the one before? */
  mediaFlowing: () => boolean = () => false;
  /** Asked at each hello: is the node's offer to receive to come right after the welcome? */
  receives: () => boolean = () => false;
  private socket: SessionSocket | null = null;
  private listeners: LiveListener[] = [];
  private resyncing = false;

  constructor(
    private readonly config: LiveConfig,
    private readonly page: string,
  ) {}

  listen(listener: LiveListener): void {
    this.listeners.push(listener);
  }

  /** Takes the seat; `takeOver` throws out another page of the same login that sits there. */
  enter(takeOver = false): void {
    this.state.set({ phase: "connecting", reason: "" });
    const socket = new SessionSocket(
      { url: socketUrl(this.config.wsUrl, location.href), page: this.page, takeOver },
      {
        welcome: (message) => this.welcome(message),
        message: (message) => this.receive(message),
        state: (state) => {
          if (state === "open" || state === "ended") return;
          this.state.set({ phase: this.state.get().snapshot ? "away" : "connecting" });
        },
        end: (reason, error) => {
          this.state.set({ phase: reason, reason: error?.text ?? "", snapshot: null, links: {} });
          for (const listener of this.listeners) listener.gone?.();
        },
        alive: (sent, got, server) => this.clock.sample(sent, got, server),
        mediaFlowing: () => this.mediaFlowing(),
        receives: () => this.receives(),
      },
    );
    this.socket = socket;
    socket.start();
  }

  leave(): void {
    this.socket?.leave();
  }

  /** Resolves with the server's answer; rejects with {@link CommandError}. */
  ask(command: Bare): Promise<ServerMessage> {
    return this.socket?.ask(command) ?? Promise.reject(new CommandError("socket.lost"));
  }

  can(action: string): boolean {
    return this.state.get().abilities.has(action);
  }

  private welcome(message: Welcome): void {
    const { seat, snapshot } = message;
    this.iceServers = message.ice;
    const before = this.state.get().snapshot;
    this.state.set({
      phase: "inside",
      reason: "",
      me: seat,
      abilities: new Set(message.abilities),
      snapshot,
      links: {},
    });
    for (const listener of this.listeners) listener.welcome?.();
    for (const listener of this.listeners) listener.changed?.(before, snapshot);
  }

  private receive(message: ServerMessage): void {
    if (message.type === "link") {
      this.state.set({ links: { ...this.state.get().links, [message.seat]: { view: message, atMs: Date.now() } } });
    } else if (message.type === "media.lost") {
      for (const listener of this.listeners) listener.mediaLost?.();
    } else if (message.type === "down.offer") {
      for (const listener of this.listeners) listener.offered?.(message.sdp);
    } else if (message.type === "resynced") {
      this.renew(message.snapshot); // the server saw that this page fell behind
    } else if ("seq" in message) {
      this.happen(message);
    }
  }

  private renew(snapshot: Snapshot): void {
    const before = this.state.get().snapshot;
    this.state.set({ snapshot });
    for (const listener of this.listeners) listener.changed?.(before, snapshot);
  }

  private happen(event: Event): void {
    const before = this.state.get().snapshot;
    if (!before) return;
    const next = step(before, event);
    if (next.kind === "gap") void this.resync();
    if (next.kind !== "next") return;
    this.state.set({ snapshot: next.snapshot });
    for (const listener of this.listeners) listener.changed?.(before, next.snapshot);
  }

  /** An event is missing: take a whole new snapshot. Where that fails, the socket comes back with one anyway. */
  private async resync(): Promise<void> {
    if (this.resyncing) return;
    this.resyncing = true;
    try {
      const answer = await this.ask({ type: "resync" });
      if (answer.type === "resynced") this.renew(answer.snapshot);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    } finally {
      this.resyncing = false;
    }
  }
}
