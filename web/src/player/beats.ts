/**
 * Telling the server what is played: a beat at every change of the player's state and every five seconds in between. Beats are
 * kept while the network is away; each carries the page's monotonic clock, by which the server judges them later.
 */

export type PlayState = "playing" | "paused" | "seeked" | "hidden" | "ended";

export interface Beat {
  seq: number;
  mono_ms: number;
  position_ms: number;
  rate: number;
  state: PlayState;
}

/** The answer to a request: its body, or why there is none. */
export type Reply<T> = { ok: true; body: T } | { ok: false; why: "offline" | "superseded" | "signed_out" | "refused" };

export interface Parts<P> {
  lease(): Promise<Reply<{ lease: string; progress: P }>>;
  send(lease: string, audioOnly: boolean, beats: Beat[]): Promise<Reply<{ progress: P }>>;
  progress(progress: P): void;
  trouble(why: "offline" | "superseded" | "signed_out" | "refused" | null): void;
  /** The counting was taken back from another window: say anew how the player is. */
  renewed(): void;
  nowMs(): number;
}

/** More than half an hour without a network. */
const MOST_KEPT = 400;

export class Beats<P> {
  private lease: string | null = null;
  private asking: Promise<void> | null = null;
  private seq = 0;
  private queue: Beat[] = [];
  private sending = false;
  private claiming = false;
  private last: PlayState | null = null;
  audioOnly = false;

  constructor(private readonly parts: Parts<P>) {}

  /** Be credited from now on: asks for a lease unless this page holds one. Beats before it is there are not counted. */
  begin(): Promise<void> {
    if (this.lease) return Promise.resolve();
    this.asking ??= this.ask().finally(() => (this.asking = null));
    return this.asking;
  }

  /** The person pressed Play here: if another window holds the counting, this one takes it back. */
  claim(): void {
    this.claiming = true;
  }

  private async ask(): Promise<void> {
    const reply = await this.parts.lease();
    if (!reply.ok) return this.parts.trouble(reply.why);
    [this.lease, this.seq, this.queue, this.last] = [reply.body.lease, 0, [], null];
    this.parts.trouble(null);
    this.parts.progress(reply.body.progress);
  }

  /** The player is at `positionMs` and is `state` from now on. */
  beat(state: PlayState, positionMs: number, rate: number): void {
    if (!this.lease) return;
    if (state !== "playing" && state === this.last && state !== "seeked") return; // nothing new
    this.last = state;
    this.seq += 1;
    const [mono_ms, position_ms] = [Math.round(this.parts.nowMs()), Math.max(0, Math.round(positionMs))];
    this.queue.push({ seq: this.seq, mono_ms, position_ms, rate, state });
    if (this.queue.length > MOST_KEPT) this.queue.shift();
    void this.flush();
  }

  /** Send what is kept. Also called when the network comes back. */
  async flush(): Promise<void> {
    if (this.sending || !this.lease || !this.queue.length) return;
    this.sending = true;
    try {
      while (this.lease && this.queue.length) {
        const sent = this.queue.slice();
        const reply = await this.parts.send(this.lease, this.audioOnly, sent);
        if (!reply.ok && reply.why === "offline") return this.parts.trouble("offline"); // kept for later
        this.queue = this.queue.filter((beat) => beat.seq > (sent.at(-1)?.seq ?? 0));
        if (!reply.ok) {
          [this.lease, this.queue] = [null, []];
          if (reply.why !== "superseded" || !this.claiming) return this.parts.trouble(reply.why);
          this.claiming = false;
          await this.begin();
          return this.parts.renewed();
        }
        this.claiming = false;
        this.parts.trouble(null);
        this.parts.progress(reply.body.progress);
      }
    } finally {
      this.sending = false;
    }
  }

  get credited(): boolean {
    return this.lease !== null;
  }
}
