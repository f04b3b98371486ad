// The page's connection to its session: says hello, keeps alive, comes back by itself, and pairs questions with
// answers.
import type { Command, ServerMessage, Welcome } from "../wire.gen";

export const VERSION = 2;
const ANSWER_TIMEOUT_MS = 10_000;
/** A server that has just started answers all pages at once; asking again would only make its queue longer. */
const HELLO_TIMEOUT_MS = 30_000;
const ALIVE_TIMEOUT_MS = 10_000;
/**
 * Coming back, a try gets four times what the last good one took, within these bounds: after a cut the system asks for a
 * connection at ever longer intervals, a new try asks at once.
 */
const REOPEN_MIN_MS = 1_500;
const REOPEN_MAX_MS = 8_000;
/** So many tries without an answer, and the network is not just cut for a moment: no hurry any more. */
const HURRIED_TRIES = 30;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 15_000;
const MAX_PENDING = 64;
const MAX_BUFFERED_BYTES = 1_000_000;

/** A command without its reference, which the socket adds. */
export type Bare = Command extends infer C ? (C extends Command ? Omit<C, "ref"> : never) : never;

/** Why the socket will not come back by itself. */
export type End = "occupied" | "taken" | "signed_out" | "refused" | "left";

export type SocketState = "connecting" | "open" | "waiting" | "ended";

/**
 * A command was refused (`code` and `text` of the server) or not answered (`socket.lost`, `socket.timeout`,
 * `socket.busy`).
 */
export class CommandError extends Error {
  constructor(
    readonly code: string,
    readonly text = "",
  ) {
    super(code);
  }
}

export interface Handlers {
  welcome(message: Welcome): void;
  /** Everything that is not an answer to a command. */
  message(message: ServerMessage): void;
  state(state: SocketState): void;
  end(reason: End, error: CommandError | null): void;
  /** A heartbeat's sample for the clock. */
  alive(sentMs: number, gotMs: number, serverMs: number): void;
  mediaFlowing(): boolean;
  /** Whether the node's offer to receive is wanted right after the welcome. */
  receives(): boolean;
}

interface Pending {
  resolve(message: ServerMessage): void;
  reject(error: CommandError): void;
  timer: ReturnType<typeof setTimeout>;
}

export interface Options {
  url: string;
  page: string;
  takeOver?: boolean;
  open?: (url: string) => WebSocket;
  random?: () => number;
}

/** Milliseconds to wait before try number `attempt` (0-based): doubling up to a limit, spread over the upper half. */
export function retryDelayMs(attempt: number, random: number): number {
  const full = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10));
  return full / 2 + (full / 2) * random;
}

/** Close codes after which coming back would not help (see core/errors.py and conference/consumer.py). */
const ENDS: Record<number, End> = {
  4401: "signed_out",
  4403: "refused",
  4404: "refused",
  4409: "refused",
  4410: "taken",
  4422: "refused",
};

export class SessionSocket {
  private socket: WebSocket | null = null;
  private state: SocketState = "connecting";
  private pending = new Map<string, Pending>();
  private nextRef = 1;
  private attempt = 0;
  private unanswered = 0;
  private openedInMs: number | null = null;
  private openTimer: ReturnType<typeof setTimeout> | undefined;
  private beat = 0;
  private beatSentMs = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private beatTimer: ReturnType<typeof setInterval> | undefined;
  private aliveTimer: ReturnType<typeof setTimeout> | undefined;
  private takeOver: boolean;
  /** What the server last said without being asked: why it closes, if it closes next. */
  private complaint: CommandError | null = null;
  private readonly wake = () => this.retryNow();

  constructor(
    private readonly options: Options,
    private readonly handlers: Handlers,
  ) {
    this.takeOver = options.takeOver ?? false;
  }

  start(): void {
    globalThis.addEventListener?.("online", this.wake);
    this.connect();
  }

  /** Sends a command; resolves with the server's answer to it, rejects with {@link CommandError}. */
  ask(command: Bare): Promise<ServerMessage> {
    if (this.state !== "open") return Promise.reject(new CommandError("socket.lost"));
    return this.send(command);
  }

  /** Says goodbye and never comes back. */
  leave(): void {
    if (this.state === "open") this.socket?.send(JSON.stringify({ type: "leave" } satisfies Command));
    this.finish("left", null);
  }

  private send(command: Bare, timeoutMs = ANSWER_TIMEOUT_MS): Promise<ServerMessage> {
    const socket = this.socket;
    if (!socket || socket.readyState !== 1) return Promise.reject(new CommandError("socket.lost"));
    if (this.pending.size >= MAX_PENDING || socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      return Promise.reject(new CommandError("socket.busy"));
    }
    const ref = String(this.nextRef++);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(ref);
        reject(new CommandError("socket.timeout"));
      }, timeoutMs);
      this.pending.set(ref, { resolve, reject, timer });
      socket.send(JSON.stringify({ ...command, ref }));
    });
  }

  private connect(): void {
    clearTimeout(this.retryTimer);
    this.become("connecting");
    let socket: WebSocket;
    try {
      socket = (this.options.open ?? ((url) => new WebSocket(url)))(this.options.url);
    } catch {
      this.lost();
      return;
    }
    this.socket = socket;
    this.complaint = null;
    const askedMs = Date.now();
    socket.onopen = () => {
      if (this.socket !== socket) return;
      clearTimeout(this.openTimer);
      this.unanswered = 0;
      this.openedInMs = Date.now() - askedMs;
      this.hello();
    };
    this.limit(socket);
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(String(event.data));
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.closed(event.code);
    };
  }

  /** Gives up a try to come back that nobody answers, not even with a refusal, and tries again at once. */
  private limit(socket: WebSocket): void {
    clearTimeout(this.openTimer);
    if (this.openedInMs === null) return; // the first time it takes as long as it takes
    const patienceMs = this.unanswered < HURRIED_TRIES ? REOPEN_MIN_MS : REOPEN_MAX_MS;
    const ms = Math.min(REOPEN_MAX_MS, Math.max(patienceMs, 4 * this.openedInMs));
    this.openTimer = setTimeout(() => {
      if (this.socket !== socket) return;
      this.unanswered += 1;
      this.attempt = 0;
      this.drop();
    }, ms);
  }

  private hello(): void {
    const sentMs = Date.now();
    const hello: Bare = {
      type: "hello",
      version: VERSION,
      page: this.options.page,
      take_over: this.takeOver,
      receive: this.handlers.receives(),
    };
    this.send(hello, HELLO_TIMEOUT_MS).then(
      (message) => {
        if (message.type === "welcome") this.welcomed(message, sentMs);
      },
      (error: CommandError) => {
        if (error.code === "seat.occupied") this.finish("occupied", error);
        else if (error.code === "core.not_signed_in") this.finish("signed_out", error);
        else if (error.code === "socket.timeout" || /^(media|core\.(unavailable|internal))/.test(error.code)) this.drop();
        else if (!error.code.startsWith("socket.")) this.finish("refused", error);
      },
    );
  }

  private welcomed(message: Welcome, sentMs: number): void {
    this.attempt = 0;
    this.takeOver = false; // once in the seat, a reconnect must not throw out another page
    this.handlers.alive(sentMs, Date.now(), message.server_ms);
    this.become("open");
    clearInterval(this.beatTimer);
    this.beatTimer = setInterval(() => this.heartbeat(), message.heartbeat_s * 1000);
    this.handlers.welcome(message);
  }

  private heartbeat(): void {
    if (this.state !== "open") return;
    this.beat += 1;
    this.beatSentMs = Date.now();
    const command: Command = {
      type: "heartbeat",
      number: this.beat,
      client_ms: this.beatSentMs,
      media_flowing: this.handlers.mediaFlowing(),
    };
    this.socket?.send(JSON.stringify(command));
    clearTimeout(this.aliveTimer);
    this.aliveTimer = setTimeout(() => this.drop(), ALIVE_TIMEOUT_MS);
  }

  private receive(text: string): void {
    let message: ServerMessage;
    try {
      message = JSON.parse(text) as ServerMessage;
    } catch {
      this.drop();
      return;
    }
    if (message.type === "alive") {
      clearTimeout(this.aliveTimer);
      if (message.number === this.beat) this.handlers.alive(this.beatSentMs, Date.now(), message.server_ms);
    } else if (message.type === "seat.taken") {
      this.finish("taken", null);
    } else if (message.type === "welcome") {
      this.answerHello(message);
    } else if ("ref" in message && message.ref !== null) {
      this.answer(message.ref, message);
    } else if (message.type === "error") {
      this.complaint = new CommandError(message.code, message.text);
    } else {
      this.handlers.message(message);
    }
  }

  /** A welcome carries no reference: it answers the hello, the first question of this connection. */
  private answerHello(message: Welcome): void {
    const first = this.pending.keys().next();
    if (!first.done) this.answer(first.value, message);
  }

  private answer(ref: string, message: ServerMessage): void {
    const pending = this.pending.get(ref);
    if (!pending) return;
    this.pending.delete(ref);
    clearTimeout(pending.timer);
    if (message.type === "error") pending.reject(new CommandError(message.code, message.text));
    else pending.resolve(message);
  }

  private closed(code: number): void {
    const end = ENDS[code];
    if (end) this.finish(end, this.complaint);
    else this.lost();
  }

  /** Gives a connection up that does not answer, and tries again. */
  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.lost();
  }

  private lost(): void {
    if (this.state === "ended") return;
    this.quiet();
    this.become("waiting");
    clearTimeout(this.retryTimer);
    const delay = retryDelayMs(this.attempt++, (this.options.random ?? Math.random)());
    this.retryTimer = setTimeout(() => this.connect(), delay);
  }

  /** The network is back: do not wait for the timer. */
  private retryNow(): void {
    if (this.state === "waiting") this.connect();
  }

  private finish(reason: End, error: CommandError | null): void {
    if (this.state === "ended") return;
    this.become("ended");
    const socket = this.socket;
    this.socket = null;
    this.quiet();
    clearTimeout(this.retryTimer);
    globalThis.removeEventListener?.("online", this.wake);
    socket?.close();
    this.handlers.end(reason, error);
  }

  /** Nothing is asked or beaten any more on the old connection. */
  private quiet(): void {
    clearInterval(this.beatTimer);
    clearTimeout(this.aliveTimer);
    clearTimeout(this.openTimer);
    const pending = [...this.pending.values()];
    this.pending.clear();
    for (const one of pending) {
      clearTimeout(one.timer);
      one.reject(new CommandError("socket.lost"));
    }
  }

  private become(state: SocketState): void {
    if (this.state === state && state !== "connecting") return;
    this.state = state;
    this.handlers.state(state);
  }
}
