/** Adding a recording made elsewhere: a file is sent in pieces, and goes on where it stopped. */
import type { Upload } from "tus-js-client";
import { confirmed } from "../site/dialogs";
import { type Config, refusal } from "./choice";
import { sending } from "./sending";
import { Speed } from "./speed";
import { bytesText, filled, leftText, text } from "./words";

const SAY_EVERY_PERCENT = 10;

function start(section: HTMLElement): void {
  const config = JSON.parse(section.dataset.upload ?? "{}") as Config;
  const part = <E extends HTMLElement>(name: string) => section.querySelector<E>(`[data-upload-${name}]`);
  const file = part<HTMLInputElement>("file");
  const bar = part<HTMLProgressElement>("bar");
  if (!file || !bar) return;
  const speed = new Speed();
  let upload: Upload | null = null;
  let active = false;
  let saidPercent = -1;

  const put = (name: string, words: string) => {
    const found = part(name);
    if (found) found.textContent = words;
  };
  const show = (name: string, shown: boolean) => {
    const found = part(name);
    if (found) found.hidden = !shown;
  };
  const trouble = (words: string) => {
    put("error-text", words);
    show("error", words !== "");
  };
  const run = (running: boolean) => {
    active = running;
    show("pause", running);
    show("continue", !running && upload !== null);
  };

  const sent = (bytes: number, size: number) => {
    const percent = Math.floor((bytes / size) * 100);
    speed.add(performance.now(), bytes);
    bar.value = percent;
    put("percent", `${percent}%`);
    const pace = speed.bytesPerS;
    const parts = [filled(text.sent, { sent: bytesText(bytes), size: bytesText(size) })];
    if (pace > 0) parts.push(filled(text.speed, { speed: bytesText(pace) }), leftText(size - bytes, pace));
    put("note", parts.join(" · "));
    trouble("");
    if (percent >= saidPercent + SAY_EVERY_PERCENT) {
      saidPercent = percent;
      put("said", `${percent}%`);
    }
  };

  const begin = (chosen: File) => {
    upload = sending(chosen, config, {
      sent: (bytes) => sent(bytes, chosen.size),
      waiting: () => {
        speed.reset();
        put("note", text.waiting);
        put("said", text.waiting);
      },
      done: () => {
        run(false);
        put("said", text.sentAll);
        location.reload();
      },
      failed: (message) => {
        run(false);
        trouble(message || text.broken);
      },
    });
    put("title", `${chosen.name} · ${bytesText(chosen.size)}`);
    show("running", true);
    for (const name of ["choose", "again", "forget", "trouble"]) show(name, false);
    show("cancel", true);
    run(true);
    upload.start();
    part("pause")?.focus();
  };

  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    const words = refusal(chosen, config);
    show("trouble", false); // what was said of another file
    trouble(words);
    if (!words) begin(chosen);
  });
  part("pause")?.addEventListener("click", () => {
    run(false);
    speed.reset();
    put("note", text.paused);
    put("said", text.paused);
    void upload?.abort();
    part("continue")?.focus();
  });
  part("continue")?.addEventListener("click", () => {
    trouble("");
    run(true);
    upload?.start();
    part("pause")?.focus();
  });
  part("cancel")?.addEventListener("click", async () => {
    if (!(await confirmed(text.leave, text.leaveYes))) return;
    const was = active;
    run(false);
    try {
      await upload?.abort(true);
      location.reload();
    } catch {
      trouble(text.broken);
      if (was) show("continue", true);
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (!active) return;
    event.preventDefault();
    event.returnValue = true; // Chrome before 119 asks only then
  });
}

const started = new WeakSet<HTMLElement>();

/** The section comes anew while a worker is busy with a file, and takes another one where that is refused. */
function startWhereNew(): void {
  const section = document.querySelector<HTMLElement>("[data-upload]");
  if (!section || started.has(section)) return;
  started.add(section);
  start(section);
}

startWhereNew();
document.addEventListener("htmx:afterSwap", startWhereNew);
