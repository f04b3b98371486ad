// What a person says while the connection is away is kept, and said once the page is back in its seat.
import type { LiveListener, LiveState } from "./live";
import { type Bare, CommandError } from "./socket";
import type { ServerMessage } from "../wire.gen";

/** Longer than this and the moment for it has passed: the person is told, and decides anew. */
const KEEP_MS = 120_000;
const MOST = 20;
/** A person's own words and hand. What the chair or a device did belongs to its moment. */
const KEPT: ReadonlySet<string> = new Set(["chat.send", "floor.request", "floor.withdraw", "floor.yield"]);
/** What a refusal says that only means: it is already as the command would make it (pressed twice, or done by somebody else). */
const ALREADY: Readonly<Record<string, string>> = {
  "floor.grant": "floor.already_holder",
  "floor.request": "floor.already_waiting",
  "floor.withdraw": "floor.not_in_queue",
  "floor.refuse": "floor.not_in_queue",
  "floor.yield": "floor.not_holder",
  "floor.recall": "floor.nobody",
};

/** The part of `Live` that is needed here. */
export interface Line {
  ask(command: Bare): Promise<ServerMessage>;
  listen(listener: LiveListener): void;
  readonly state: { get(): LiveState };
}

interface Waiting {
  back(): void;
  gone(): void;
}

export class Outbox {
  private waiting: Waiting[] = [];

  constructor(private readonly line: Line) {
    line.listen({
      welcome: () => this.all((one) => one.back()),
      gone: () => this.all((one) => one.gone()),
    });
  }

  /**
   * As `Live.ask`; but a person's own words and hand outlive a lost connection, and what is already so counts as done. Rejects
   * with {@link CommandError}.
   */
  async say(command: Bare): Promise<void> {
    const known = new Set(this.chat().map((message) => message.id));
    for (;;) {
      try {
        await this.line.ask(command);
        return;
      } catch (error) {
        if (error instanceof CommandError && ALREADY[command.type] === error.code) return;
        const lost = error instanceof CommandError && error.code === "socket.lost";
        if (!lost || !KEPT.has(command.type) || !this.mayComeBack()) throw error;
        await this.comesBack(error);
        if (this.wasHeard(command, known)) return;
      }
    }
  }

  private mayComeBack(): boolean {
    const { phase } = this.line.state.get();
    return (phase === "away" || phase === "connecting" || phase === "inside") && this.waiting.length < MOST;
  }

  /** Until the page is in its seat again; rejects with `error` where it does not come back, or not in time. */
  private comesBack(error: CommandError): Promise<void> {
    return new Promise((resolve, reject) => {
      const over = () => {
        clearTimeout(timer);
        this.waiting = this.waiting.filter((each) => each !== one);
      };
      const one = { back: () => (over(), resolve()), gone: () => (over(), reject(error)) };
      const timer = setTimeout(one.gone, KEEP_MS);
      this.waiting.push(one);
    });
  }

  /** The connection was lost after the server had taken it: saying it again would say it twice. */
  private wasHeard(command: Bare, known: ReadonlySet<string>): boolean {
    if (command.type !== "chat.send") return false; // a hand is raised once, however often it is said
    const { me } = this.line.state.get();
    return this.chat().some((one) => !known.has(one.id) && one.seat === me && one.text === command.text.trim());
  }

  private chat() {
    return this.line.state.get().snapshot?.chat ?? [];
  }

  private all(tell: (one: Waiting) => void): void {
    for (const one of [...this.waiting]) tell(one);
  }
}
