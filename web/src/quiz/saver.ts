/**
 * Saving answers, one request at a time: what changes while one is on its way goes with the next. Nothing is lost: what is not
 * saved yet is also kept on this device, until the server has it.
 */

export type Answers = Record<string, string[]>;

export interface Saved {
  seq: number;
  saved_ms: number;
  deadline_ms: number | null;
}

/** What became of one request. `offline` is tried again by itself; the others need a person or another page. */
export type Reply = { ok: true; saved: Saved } | { ok: false; why: "offline" | "stale" | "closed" | "signed_out" | "refused" };

export type SaveState = "idle" | "saving" | "saved" | "offline" | "stale" | "closed" | "signed_out" | "refused";

export interface Parts {
  send(seq: number, answers: Answers): Promise<Reply>;
  /** Called with every change of state; `savedMs` with "saved". */
  tell(state: SaveState, saved?: Saved): void;
  /** Wait before trying again; resolves early when the network comes back. */
  wait(ms: number): Promise<void>;
  keep(answers: Answers): void;
  random(): number;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

export class Saver {
  private pending: Answers = {};
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    public seq: number,
    private readonly parts: Parts,
  ) {}

  /** Save the answer of one question, soon. */
  change(question: string, values: string[]): void {
    this.pending[question] = values;
    this.parts.keep(this.pending);
    this.start();
  }

  /** Try again what was refused. */
  retry(): void {
    this.stopped = false;
    this.start();
  }

  /** Resolves when nothing more is on its way (saved, or stopped by trouble). */
  async settled(): Promise<void> {
    while (this.running) await this.running;
  }

  get unsaved(): Answers {
    return this.pending;
  }

  /** No more saving: the attempt is being handed in, and that carries the answers. */
  stop(): void {
    this.stopped = true;
  }

  private start(): void {
    if (this.running || this.stopped || !Object.keys(this.pending).length) return;
    this.running = this.run().finally(() => {
      this.running = null;
      this.start();
    });
  }

  private async run(): Promise<void> {
    let delay = FIRST_RETRY_MS;
    while (!this.stopped && Object.keys(this.pending).length) {
      const sent = { ...this.pending };
      this.parts.tell("saving");
      const reply = await this.parts.send(this.seq, sent);
      if (reply.ok) {
        delay = FIRST_RETRY_MS;
        this.seq = reply.saved.seq;
        for (const [question, values] of Object.entries(sent)) {
          if (this.pending[question] === values) delete this.pending[question];
        }
        this.parts.keep(this.pending);
        this.parts.tell("saved", reply.saved);
      } else {
        this.parts.tell(reply.why);
        if (reply.why !== "offline") {
          this.stopped = true;
          return;
        }
        await this.parts.wait(delay * (0.75 + this.parts.random() / 2));
        delay = Math.min(delay * 2, LONGEST_RETRY_MS);
      }
    }
  }
}
