/** The editor's page: what is typed and clicked becomes edits, edits become what is shown, and Save sends them. */
import { Links, type Media } from "../player/links";
import { Loading, type HlsVideo } from "../player/loading";
import { askLinks } from "../player/requests";
import { toast } from "../site/toasts";
import { cueAt, fromRow, readTime, timeText, toRow, type Row } from "./cues";
import { dropDraft, keepDraft, readDraft } from "./draft";
import { add, change, isTimed, join, named, Past, remove, shift, split, type Line, type Lines } from "./edits";
import { fold } from "./fold";
import { List } from "./list";
import { ask, save, type Newest } from "./requests";
import { say } from "./text";

interface Config {
  media: Media;
  links: string;
  cues_url: string;
  save: string;
  language: string;
  track: string;
  version: number;
  cues: Row[];
}

const KEEP_AFTER_MS = 800;

export function startEditor(): void {
  const root = document.querySelector<HTMLElement>("[data-editor]");
  const source = document.getElementById("caption-config")?.textContent;
  if (!root || !source) return;
  const config = JSON.parse(source) as Config;
  const part = <T extends HTMLElement = HTMLElement>(name: string): T => {
    const found = root.querySelector<T>(`[data-${name}]`) ?? document.querySelector<T>(`#shift [data-${name}]`);
    if (!found) throw new Error(`the page has no ${name}`);
    return found;
  };
  const video = part<HlsVideo>("video");
  const form = part<HTMLFormElement>("form");
  const [start, end, speaker] = ["start", "end", "speaker"].map((name) => part<HTMLInputElement>(name)) as [
    HTMLInputElement,
    HTMLInputElement,
    HTMLInputElement,
  ];
  const text = part<HTMLTextAreaElement>("text");
  const state = part("state");
  const list = new List(part("list"), form);
  const nowMs = () => Math.max(0, Math.round(video.currentTime * 1000));

  const past = new Past(config.cues.map(fromRow).map(named));
  let saved: Lines = past.lines;
  let version = config.version;
  let chosen: number | null = null;
  let busy = false;
  let stopAtMs: number | null = null;
  let keeping: ReturnType<typeof setTimeout> | undefined;

  // What is shown --------------------------------------------------------------------------------------------------------
  const line = (): Line | undefined => past.lines.find(({ id }) => id === chosen);
  const isDirty = () => past.lines !== saved;
  const rows = (): Row[] => past.lines.map(toRow);

  function draw(): void {
    const fitting = list.draw(past.lines, chosen);
    part("count").textContent = say("count", { n: past.lines.length });
    part("empty").hidden = past.lines.length > 0;
    part("found").textContent = !list.sought ? "" : fitting ? say("hits", { n: fitting }) : say("noHits");
    part<HTMLButtonElement>("undo").disabled = !past.canUndo;
    part<HTMLButtonElement>("redo").disabled = !past.canRedo;
    part<HTMLButtonElement>("join").disabled = past.lines.at(-1)?.id === chosen;
    drawProblem();
    picture();
  }

  function drawProblem(): void {
    const now = line();
    const wrong = now && (readTime(start.value) === null || readTime(end.value) === null);
    const problem = part("problem");
    const words = !now ? "" : wrong ? say("badTime") : !isTimed(now) ? say("badEnd") : now.text.trim() ? "" : say("noText");
    problem.textContent = words;
    problem.hidden = !words;
    end.setAttribute("aria-invalid", String(Boolean(now && (readTime(end.value) === null || !isTimed(now)))));
    start.setAttribute("aria-invalid", String(Boolean(now && readTime(start.value) === null)));
  }

  /** The form says what the chosen line is; what is just being typed in it stays as it is typed. */
  function fillForm(): void {
    const now = line();
    if (!now) return;
    const put = (field: HTMLInputElement | HTMLTextAreaElement, value: string) => {
      if (field.value !== value) field.value = value;
    };
    put(start, timeText(now.startMs));
    put(end, timeText(now.endMs));
    put(speaker, now.speaker);
    put(text, now.text);
  }

  function choose(id: number | null, focus = false): void {
    chosen = id;
    fillForm();
    draw();
    if (id === null) return;
    list.show(id);
    if (focus) text.focus();
  }

  /** Take an edit in. `key`: see {@link Past}. */
  function edit(lines: Lines, key = "", id: number | null = chosen): void {
    past.set(lines, key);
    chosen = id;
    changed();
    draw();
  }

  function changed(): void {
    state.textContent = isDirty() ? say("unsaved") : "";
    clearTimeout(keeping);
    keeping = setTimeout(() => (isDirty() ? keepDraft(config.track, { version, cues: rows() }) : dropDraft(config.track)), KEEP_AFTER_MS);
  }

  // What is typed ----------------------------------------------------------------------------------------------------------
  text.addEventListener("input", () => chosen !== null && edit(change(past.lines, chosen, { text: text.value }), `text ${chosen}`));
  speaker.addEventListener("input", () => chosen !== null && edit(change(past.lines, chosen, { speaker: speaker.value }), `speaker ${chosen}`));
  for (const [field, name] of [
    [start, "startMs"],
    [end, "endMs"],
  ] as const) {
    field.addEventListener("input", () => {
      const ms = readTime(field.value);
      if (ms === null || chosen === null) return drawProblem();
      edit(change(past.lines, chosen, { [name]: ms }), `${name} ${chosen}`);
    });
    field.addEventListener("change", () => {
      if (readTime(field.value) !== null) fillForm();
      drawProblem();
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  part("list").addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest(".caption-row") : null;
    const id = Number(button?.closest<HTMLElement>("li")?.dataset.id);
    if (!button || !id) return;
    choose(id === chosen ? null : id, id !== chosen);
    const now = line();
    if (now && video.paused) video.currentTime = now.startMs / 1000;
  });
  part("find").addEventListener("input", (event) => {
    list.sought = fold((event.target as HTMLInputElement).value).text;
    draw();
  });

  // What is done ------------------------------------------------------------------------------------------------------------
  const set = (values: Partial<Line>) => {
    if (chosen === null) return;
    edit(change(past.lines, chosen, values));
    fillForm();
    drawProblem();
  };
  const startHere = () => set({ startMs: nowMs() });
  const endHere = () => set({ endMs: nowMs() });
  const play = () => {
    const now = line();
    if (!now) return;
    video.currentTime = now.startMs / 1000;
    stopAtMs = now.endMs;
    void video.play().catch(() => undefined);
  };
  const step = (direction: 1 | -1) => {
    const at = past.lines.findIndex(({ id }) => id === chosen);
    const next = past.lines[at < 0 ? 0 : at + direction];
    if (!next) return;
    choose(next.id, true);
    if (video.paused) video.currentTime = next.startMs / 1000;
  };
  const addHere = () => {
    const added = add(past.lines, nowMs());
    edit(added.lines, "", added.id);
    choose(added.id, true);
  };
  const travel = (there: "undo" | "redo") => {
    past[there]();
    if (!line()) chosen = null;
    changed();
    fillForm();
    draw();
  };
  const clicks: Record<string, () => void> = {
    save: () => void send(version),
    undo: () => travel("undo"),
    redo: () => travel("redo"),
    add: addHere,
    play,
    "set-start": startHere,
    "set-end": endHere,
    split: () => {
      const parts = chosen === null ? null : split(past.lines, chosen, text.selectionStart, nowMs());
      if (!parts) return;
      edit(parts.lines, "", parts.id);
      choose(parts.id, true);
    },
    join: () => {
      const joined = chosen === null ? null : join(past.lines, chosen);
      if (!joined) return;
      edit(joined);
      choose(chosen, true);
    },
    remove: () => {
      if (chosen === null) return;
      const at = past.lines.findIndex(({ id }) => id === chosen);
      const lines = remove(past.lines, chosen);
      edit(lines, "", null);
      toast(say("deleted"), "info");
      const next = lines[Math.min(at, lines.length - 1)];
      if (next) list.focus(next.id);
      else part("add").focus();
    },
  };
  for (const [name, act] of Object.entries(clicks)) part(name).addEventListener("click", act);

  document.addEventListener("keydown", (event) => {
    if (event.target instanceof Element && event.target.closest("dialog")) return;
    const toggle = () => (video.paused ? void video.play().catch(() => undefined) : video.pause());
    const does = keyOf(event, { save: () => void send(version), play, startHere, endHere, step, toggle });
    if (!does) return;
    event.preventDefault();
    does();
  });

  part<HTMLFormElement>("shift").addEventListener("submit", (event) => {
    event.preventDefault();
    const by = Math.round(part<HTMLInputElement>("shift-seconds").valueAsNumber * 1000);
    const shifted = Number.isFinite(by) ? shift(past.lines, by) : null;
    const problem = part("shift-problem");
    problem.hidden = shifted !== null;
    problem.textContent = shifted ? "" : say("beforeStart");
    if (!shifted) return;
    edit(shifted);
    fillForm();
    part("shift").closest("dialog")?.close();
  });

  // Saving ------------------------------------------------------------------------------------------------------------------
  async function send(seen: number): Promise<void> {
    if (busy) return;
    const wrong = past.lines.find((each) => !isTimed(each));
    if (wrong) {
      choose(wrong.id);
      end.focus();
      state.textContent = say("correctFirst");
      return;
    }
    busy = true;
    part("save").setAttribute("aria-busy", "true");
    state.textContent = say("saving");
    const [sent, cues] = [past.lines, rows()];
    const answer = await save(config.save, seen, cues);
    busy = false;
    part("save").removeAttribute("aria-busy");
    if (answer.ok) {
      [saved, version] = [sent, answer.version];
      part("conflict").hidden = true;
      changed();
      if (!isDirty()) state.textContent = say("saved");
    } else if (answer.why === "changed") await tellConflict();
    else state.textContent = answer.why === "refused" ? answer.text : say(answer.why === "offline" ? "notSaved" : "signedOut");
  }

  async function tellConflict(): Promise<void> {
    const newest = await ask<Newest>(config.cues_url);
    if (!newest) {
      state.textContent = say("notSaved");
      return;
    }
    state.textContent = say("unsaved");
    part("conflict-text").textContent = say("conflict", { who: newest.by || say("somebody"), at: newest.at });
    part("conflict").hidden = false;
    part<HTMLAnchorElement>("see-theirs").href = location.pathname;
    part("save-mine").onclick = () => void send(newest.version);
  }

  window.addEventListener("beforeunload", (event) => {
    if (!isDirty()) return;
    keepDraft(config.track, { version, cues: rows() });
    event.preventDefault();
  });

  const draft = readDraft(config.track);
  if (draft && JSON.stringify(draft.cues) !== JSON.stringify(config.cues)) {
    part("draft").hidden = false;
    part("draft-take").addEventListener("click", () => {
      version = draft.version; // what was saved since then is a conflict, and is told as one
      past.set(draft.cues.map(fromRow).map(named));
      chosen = null;
      changed();
      draw();
      part("draft").hidden = true;
    });
    part("draft-drop").addEventListener("click", () => {
      dropDraft(config.track);
      part("draft").hidden = true;
    });
  }

  // The picture -------------------------------------------------------------------------------------------------------------
  const native = video.querySelector("video") ?? video;
  const track = native.addTextTrack("subtitles", "", config.language);
  track.mode = "showing";
  let drawnAtMs = 0;
  /** The cues that stand in the picture are those around the position: thousands need not be there at every letter. */
  function picture(): void {
    for (const cue of [...(track.cues ?? [])]) track.removeCue(cue);
    const ms = nowMs();
    for (const each of past.lines) {
      if (each.endMs < ms - 1_000 || each.startMs > ms + 20_000 || !isTimed(each)) continue;
      track.addCue(new VTTCue(each.startMs / 1000, each.endMs / 1000, escaped(each.text)));
    }
    drawnAtMs = ms;
  }
  const moved = () => {
    const ms = nowMs();
    if (stopAtMs !== null && (ms >= stopAtMs || video.paused)) {
      if (ms >= stopAtMs) video.pause();
      stopAtMs = null;
    }
    if (Math.abs(ms - drawnAtMs) > 10_000) picture();
    list.mark(past.lines[cueAt(past.lines, ms)]?.id ?? null);
  };
  video.addEventListener("timeupdate", moved);
  video.addEventListener("seeked", moved);

  const links = new Links(config.media, () => askLinks(config.links), () => undefined);
  const loading = new Loading(video, links, {
    lost: () => toast(say("noVideo"), "bad"),
    found: () => undefined,
    loaded: () => undefined,
  });
  loading.load("master", null);
  draw();
}

const escaped = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

interface Keys {
  save(): void;
  play(): void;
  startHere(): void;
  endHere(): void;
  toggle(): void;
  step(direction: 1 | -1): void;
}

/** What a key does; null where it does nothing of ours. All of them work while one types. */
function keyOf(event: KeyboardEvent, keys: Keys): (() => void) | null {
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "s") return keys.save;
  if (control && event.key === "Enter") return keys.play;
  if (control && event.code === "Space") return keys.toggle;
  if (!event.altKey || control) return null;
  if (event.key === "ArrowDown") return () => keys.step(1);
  if (event.key === "ArrowUp") return () => keys.step(-1);
  if (event.code === "BracketLeft") return keys.startHere;
  if (event.code === "BracketRight") return keys.endHere;
  return null;
}
