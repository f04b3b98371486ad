import { allAnswers, fill, isAnswered, isMisread, questions, values } from "./form";
import { keep, kept } from "./kept";
import { save, submit } from "./requests";
import { Saver, type SaveState, type Saved } from "./saver";
import { Status } from "./status";
import { say } from "./text";
import { clockText, marksBetween, serverClock, type Clock } from "./timer";

const TYPING_PAUSE_MS = 700;
const TICK_MS = 250;
const LONGEST_RETRY_MS = 15_000;

const part = <E extends HTMLElement>(name: string) => document.querySelector<E>(`[data-${name}]`);
const buttons = () => document.querySelectorAll<HTMLButtonElement>("[data-submit], [data-hand-in]");

/** When the server's answer began to arrive, on the page's monotonic clock: close to when the server read its own. */
function answeredAt(): number {
  const navigation = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
  return navigation?.responseStart ?? performance.now();
}

/** Resolves after `ms`, or as soon as the network is back. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, ms);
    window.addEventListener("online", go);
  });
}

/** One attempt on its page: every answer is saved at once, the time is counted down, and the whole is handed in. */
export class AttemptPage {
  private readonly attempt: string;
  private readonly csrf: string;
  private readonly saver: Saver;
  private readonly status: Status;
  private readonly clock: Clock;
  private readonly overdue: boolean;
  private readonly typing = new Map<HTMLFieldSetElement, ReturnType<typeof setTimeout>>();
  private deadlineMs: number | null;
  private leftBefore = Infinity;
  private handingIn = false;

  constructor(private readonly form: HTMLFormElement) {
    this.attempt = form.dataset.attempt ?? "";
    this.overdue = "overdue" in form.dataset;
    this.deadlineMs = form.dataset.deadline ? Number(form.dataset.deadline) : null;
    this.clock = serverClock(Number(form.dataset.now), answeredAt(), () => performance.now());
    this.csrf = form.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
    this.saver = new Saver(Number(form.dataset.seq), {
      send: (seq, answers) => save(form.dataset.save ?? "", this.csrf, seq, answers),
      tell: (state, saved) => this.tell(state, saved),
      wait: pause,
      keep: (answers) => keep(this.attempt, this.saver.seq, answers),
      random: Math.random,
    });
    this.status = new Status(
      () => this.saver.retry(),
      () => {
        keep(this.attempt, 0, {}); // the other window's answers are newer
        location.reload();
      },
    );
  }

  start(): void {
    this.restore();
    questions(this.form).forEach((question) => this.mark(question));
    this.listen();
    if (this.deadlineMs === null || this.overdue) return;
    setInterval(() => this.tick(), TICK_MS);
    this.tick();
  }

  private tell(state: SaveState, saved?: Saved): void {
    this.form.dataset.saveState = state;
    this.deadlineMs = saved?.deadline_ms ?? this.deadlineMs; // extra time reaches an open attempt with its next save
    this.status.saving(state, saved);
    if (state === "closed") this.toResult();
  }

  private toResult(url?: string): void {
    keep(this.attempt, 0, {});
    location.replace(url ?? this.form.dataset.result ?? location.href);
  }

  // Answering --------------------------------------------------------------------------------------------------------
  private listen(): void {
    const questionOf = (event: Event) =>
      event.target instanceof Element ? event.target.closest<HTMLFieldSetElement>("fieldset[data-question]") : null;
    this.form.addEventListener("change", (event) => {
      const question = questionOf(event);
      if (!question) return;
      this.changed(question);
      this.mark(question);
    });
    this.form.addEventListener("input", (event) => {
      const question = questionOf(event);
      if (!question || !(event.target instanceof HTMLInputElement) || event.target.type !== "text") return;
      clearTimeout(this.typing.get(question));
      this.typing.set(
        question,
        setTimeout(() => this.changed(question), TYPING_PAUSE_MS),
      );
      this.mark(question);
      if (!isMisread(question)) this.hint(question);
    });
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.flush());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
    part("hand-in")?.addEventListener("click", () => {
      this.dialog?.close();
      void this.handIn();
    });
  }

  private changed(question: HTMLFieldSetElement): void {
    clearTimeout(this.typing.get(question));
    this.typing.delete(question);
    this.saver.change(question.dataset.question ?? "", values(question));
    this.hint(question);
  }

  /** Say whether something else is typed than the number that is asked for. */
  private hint(question: HTMLFieldSetElement): void {
    const hint = question.querySelector<HTMLElement>("[data-hint]");
    if (!hint) return;
    hint.hidden = !isMisread(question);
    question.querySelector("input")?.setAttribute("aria-invalid", String(!hint.hidden));
  }

  private flush(): void {
    for (const question of [...this.typing.keys()]) this.changed(question);
  }

  /** Show in the overview whether a question is answered. */
  private mark(question: HTMLFieldSetElement): void {
    const link = document.querySelector(`[data-map="${question.dataset.question}"]`);
    const answered = isAnswered(question);
    link?.classList.toggle("is-answered", answered);
    const words = link?.querySelector("[data-map-state]");
    if (words) words.textContent = ` ${say(answered ? "answered" : "notAnswered")}`;
    const count = part("answered");
    if (count) count.textContent = String(questions(this.form).filter(isAnswered).length);
  }

  /** Bring back what an earlier page of this attempt could not send any more. */
  private restore(): void {
    const left = kept(this.attempt);
    for (const [number, answer] of Object.entries(left.answers)) {
      const question = questions(this.form).find((candidate) => candidate.dataset.question === number);
      if (!question || this.overdue) continue;
      if (left.seq !== this.saver.seq && isAnswered(question)) continue; // answered since, perhaps on another device: that one holds
      fill(question, answer);
      this.changed(question);
    }
  }

  // Handing in -------------------------------------------------------------------------------------------------------
  private get dialog(): HTMLDialogElement | null {
    return document.getElementById("hand-in") as HTMLDialogElement | null;
  }

  private ask(): void {
    const open = questions(this.form).filter((question) => !isAnswered(question));
    const line = part("open-questions");
    if (line) {
      const list = open.map((question) => question.dataset.question).join(", ");
      line.textContent = open.length ? say("someOpen", { count: open.length, list }) : say("allAnswered");
    }
    if (this.dialog && !this.overdue) this.dialog.showModal();
    else void this.handIn();
  }

  /** Hand in with all answers, until the server has it. The same key every time: it is one handing in. */
  private async handIn(): Promise<void> {
    if (this.handingIn) return;
    this.handingIn = true;
    buttons().forEach((button) => (button.disabled = true));
    this.flush();
    this.status.handingIn();
    const key = this.form.querySelector<HTMLInputElement>("[name=key]")?.value ?? "";
    const answers = this.overdue ? {} : allAnswers(this.form);
    this.saver.stop();
    await this.saver.settled();
    for (let delay = 1000; ; delay = Math.min(delay * 2, LONGEST_RETRY_MS)) {
      const reply = await submit(this.form.action, this.csrf, key, this.saver.seq, answers);
      if (reply.ok) return this.toResult(reply.url);
      this.tell(reply.why);
      if (reply.why !== "offline") break;
      await pause(delay);
    }
    this.handingIn = false;
    buttons().forEach((button) => (button.disabled = false));
  }

  // Time -------------------------------------------------------------------------------------------------------------
  private tick(): void {
    if (this.deadlineMs === null) return;
    const left = this.deadlineMs - this.clock.nowMs();
    const face = part("clock");
    if (face) face.textContent = clockText(left);
    part("timer")?.classList.toggle("is-short", left <= 60_000);
    const total = this.deadlineMs - Number(this.form.dataset.started);
    if (this.leftBefore !== Infinity) {
      for (const heard of marksBetween(this.leftBefore, left, total)) this.status.announce(say(heard));
    }
    this.leftBefore = left;
    if (left > 0 || this.handingIn) return;
    this.status.announce(say("timeUp"));
    this.dialog?.close();
    void this.handIn();
  }
}
