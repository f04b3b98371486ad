import { iconElement } from "../site/toasts";
import { allAnswers, fill, isAnswered, questions, values } from "./form";
import { keep, kept } from "./kept";
import { save, submit } from "./requests";
import { Saver, type SaveState, type Saved } from "./saver";
import { say } from "./text";
import { clockText, marksBetween, serverClock } from "./timer";

const TYPING_PAUSE_MS = 700;
const TICK_MS = 250;
/** In the province's time, like every other time on these pages. */
const timeOfDay = new Intl.DateTimeFormat("vi-VN", { timeStyle: "medium", hour12: false, timeZone: "Asia/Ho_Chi_Minh" });

/** When the server's answer began to arrive, on the page's monotonic clock: close to when the server read its own. */
function answeredAt(): number {
  const navigation = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
  return navigation?.responseStart ?? performance.now();
}

/** Bring the attempt's form to life. */
export function startAttempt(form: HTMLFormElement): void {
  const attempt = form.dataset.attempt ?? "";
  const csrf = form.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
  const key = form.querySelector<HTMLInputElement>("[name=key]")?.value ?? "";
  const clock = serverClock(Number(form.dataset.now), answeredAt(), () => performance.now());
  const overdue = "overdue" in form.dataset;
  let deadlineMs = form.dataset.deadline ? Number(form.dataset.deadline) : null;
  let handingIn = false;

  const part = <E extends HTMLElement>(name: string) => document.querySelector<E>(`[data-${name}]`);
  const savedLine = part("saved");
  const trouble = part("trouble");

  // Saving -----------------------------------------------------------------------------------------------------------
  const saver = new Saver(Number(form.dataset.seq), {
    send: (seq, answers) => save(form.dataset.save ?? "", csrf, seq, answers),
    tell,
    wait: (ms) =>
      new Promise((resolve) => {
        const go = () => {
          clearTimeout(timer);
          window.removeEventListener("online", go);
          resolve();
        };
        const timer = setTimeout(go, ms);
        window.addEventListener("online", go);
      }),
    keep: (answers) => keep(attempt, saver.seq, answers),
    random: Math.random,
  });

  function tell(state: SaveState, saved?: Saved): void {
    form.dataset.saveState = state;
    if (state === "saving") status("loader-circle", say("saving"));
    if (state === "saved" && saved) {
      deadlineMs = saved.deadline_ms ?? deadlineMs;
      status("check", say("saved", { time: timeOfDay.format(saved.saved_ms) }));
      hide();
    }
    if (state === "offline") status("wifi-off", say("offline"));
    if (state === "stale") show(say("stale"), say("reload"), forget);
    if (state === "signed_out") show(say("signIn"), say("retry"), () => saver.retry());
    if (state === "refused") show(say("failed"), say("retry"), () => saver.retry());
    if (state === "closed") toResult();
  }

  function status(icon: "check" | "wifi-off" | "loader-circle", words: string): void {
    const text = document.createElement("span");
    text.textContent = words;
    savedLine?.replaceChildren(iconElement(icon), text);
    savedLine?.classList.toggle("is-offline", icon === "wifi-off");
  }

  function show(words: string, action: string, act: () => void): void {
    const line = part("trouble-text");
    if (!trouble || !line) return;
    const text = document.createElement("p");
    text.textContent = words;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small";
    button.textContent = action;
    button.addEventListener("click", act);
    line.replaceChildren(text, button);
    trouble.hidden = false;
    savedLine?.replaceChildren();
  }

  function hide(): void {
    if (trouble) trouble.hidden = true;
  }

  function forget(): void {
    keep(attempt, 0, {}); // the other window's answers are newer
    location.reload();
  }

  function toResult(url?: string): void {
    keep(attempt, 0, {});
    location.replace(url ?? form.dataset.result ?? location.href);
  }

  // Answering --------------------------------------------------------------------------------------------------------
  const typing = new Map<HTMLFieldSetElement, ReturnType<typeof setTimeout>>();

  function changed(question: HTMLFieldSetElement): void {
    clearTimeout(typing.get(question));
    typing.delete(question);
    saver.change(question.dataset.question ?? "", values(question));
  }

  function flush(): void {
    for (const question of [...typing.keys()]) changed(question);
  }

  const questionOf = (event: Event) =>
    event.target instanceof Element ? event.target.closest<HTMLFieldSetElement>("fieldset[data-question]") : null;

  form.addEventListener("change", (event) => {
    const question = questionOf(event);
    if (!question) return;
    changed(question);
    mark(question);
  });
  form.addEventListener("input", (event) => {
    const question = questionOf(event);
    if (!question || !(event.target instanceof HTMLInputElement) || event.target.type !== "text") return;
    clearTimeout(typing.get(question));
    typing.set(question, setTimeout(changed, TYPING_PAUSE_MS, question));
    mark(question);
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && flush());

  function mark(question: HTMLFieldSetElement): void {
    const link = document.querySelector(`[data-map="${question.dataset.question}"]`);
    const answered = isAnswered(question);
    link?.classList.toggle("is-answered", answered);
    const words = link?.querySelector("[data-map-state]");
    if (words) words.textContent = ` ${say(answered ? "answered" : "notAnswered")}`;
    const count = part("answered");
    if (count) count.textContent = String(questions(form).filter(isAnswered).length);
  }

  // What an earlier page of this attempt could not send any more.
  const left = kept(attempt);
  for (const [number, answer] of Object.entries(left.answers)) {
    const question = questions(form).find((candidate) => candidate.dataset.question === number);
    if (!question || overdue) continue;
    if (left.seq !== saver.seq && isAnswered(question)) continue; // answered since, perhaps on another device: that one holds
    fill(question, answer);
    changed(question);
  }
  questions(form).forEach(mark);

  // Handing in -------------------------------------------------------------------------------------------------------
  async function handIn(): Promise<void> {
    if (handingIn) return;
    handingIn = true;
    document.querySelectorAll<HTMLButtonElement>("[data-submit], [data-hand-in]").forEach((button) => (button.disabled = true));
    flush();
    if (!overdue) status("loader-circle", say("handingIn"));
    const answers = overdue ? {} : allAnswers(form);
    saver.stop();
    await saver.settled();
    for (let delay = 1000; ; delay = Math.min(delay * 2, 15_000)) {
      const reply = await submit(form.action, csrf, key, saver.seq, answers);
      if (reply.ok) return toResult(reply.url);
      if (reply.why !== "offline") {
        handingIn = false;
        document.querySelectorAll<HTMLButtonElement>("[data-submit], [data-hand-in]").forEach((button) => (button.disabled = false));
        return tell(reply.why);
      }
      status("wifi-off", say("offline"));
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }

  const dialog = document.getElementById("hand-in") as HTMLDialogElement | null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const open = questions(form).filter((question) => !isAnswered(question));
    const line = part("open-questions");
    if (line) {
      const list = open.map((question) => question.dataset.question).join(", ");
      line.textContent = open.length ? say("someOpen", { count: open.length, list }) : say("allAnswered");
    }
    if (dialog && !overdue) dialog.showModal();
    else void handIn();
  });
  part("hand-in")?.addEventListener("click", () => {
    dialog?.close();
    void handIn();
  });

  // Time ---------------------------------------------------------------------------------------------------------------
  let leftBefore = Infinity;
  function tick(): void {
    if (deadlineMs === null || overdue) return;
    const left = deadlineMs - clock.nowMs();
    const face = part("clock");
    if (face) face.textContent = clockText(left);
    part("timer")?.classList.toggle("is-short", left <= 60_000);
    const total = deadlineMs - Number(form.dataset.started);
    if (leftBefore !== Infinity) for (const heard of marksBetween(leftBefore, left, total)) announce(say(heard));
    leftBefore = left;
    if (left <= 0 && !handingIn) {
      announce(say("timeUp"));
      dialog?.close();
      void handIn();
    }
  }
  function announce(words: string): void {
    const region = part("announce");
    if (region) region.textContent = words;
  }
  if (deadlineMs !== null && !overdue) {
    setInterval(tick, TICK_MS);
    tick();
  }
}
