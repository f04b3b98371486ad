/** Captions in the player: shown or not, in which language; and beside it what is said, to be searched and followed. */
import "../captions/captions.css";
import { fromRow, type Row } from "../captions/cues";
import { Lines } from "../captions/lines";
import { keepWanted, wantedLanguage } from "../captions/shown";
import { say } from "../captions/text";

export interface CaptionTrack {
  language: string;
  label: string;
  vtt: string;
  cues: string;
}

export interface CaptionConfig {
  tracks: CaptionTrack[];
}

/** Which track is to be shown: the one in the language that is wanted, else the first one. */
export function chosenTrack(tracks: readonly CaptionTrack[], wanted: string | null): number {
  return Math.max(0, tracks.findIndex((track) => track.language === wanted));
}

/** `goTo` plays from a moment. Gives back what shows or hides them. */
export function startCaptions(video: HTMLVideoElement, config: CaptionConfig, goTo: (ms: number) => void): () => void {
  if (!config.tracks.length) return () => {};
  const wanted = wantedLanguage();
  let chosen = chosenTrack(config.tracks, wanted);
  let on = wanted !== null;

  // In the picture -----------------------------------------------------------------------------------------------------
  const native = video.querySelector("video") ?? video; // hls-video wraps the browser's own
  const elements = config.tracks.map(({ language, label, vtt }) => {
    const element = document.createElement("track");
    Object.assign(element, { kind: "subtitles", srclang: language, label, src: vtt });
    native.append(element);
    return element;
  });
  const toggle = document.querySelector<HTMLButtonElement>("[data-captions-toggle]");
  const select = document.querySelector<HTMLSelectElement>("[data-captions-language]");
  function show(): void {
    elements.forEach((element, index) => (element.track.mode = on && index === chosen ? "showing" : "disabled"));
    toggle?.setAttribute("aria-pressed", String(on));
  }
  function turn(): void {
    on = !on;
    keepWanted(on ? (config.tracks[chosen]?.language ?? null) : null);
    show();
  }
  toggle?.addEventListener("click", turn);
  // The browser's own menu (full screen on a telephone) chooses, too.
  native.textTracks.addEventListener("change", () => {
    const showing = elements.findIndex((element) => element.track.mode === "showing");
    if ((showing >= 0) === on && (!on || showing === chosen)) return;
    on = showing >= 0;
    if (on) choose(showing);
    keepWanted(on ? (config.tracks[chosen]?.language ?? null) : null);
    toggle?.setAttribute("aria-pressed", String(on));
  });

  // Beside it ----------------------------------------------------------------------------------------------------------
  const find = document.querySelector<HTMLElement>("[data-captions-find]");
  const [list, search, found, follow] = ["lines", "search", "found", "follow"].map((name) =>
    document.querySelector<HTMLElement>(`[data-captions-${name}]`),
  );
  show();
  if (!find || !list || !(search instanceof HTMLInputElement) || !found || !(follow instanceof HTMLButtonElement)) return turn;
  const lines = new Lines({ list, search, found, follow, goTo });
  find.hidden = false;
  const tick = () => lines.tick(Math.round(video.currentTime * 1000));
  video.addEventListener("timeupdate", tick);
  video.addEventListener("seeked", tick);

  async function load(index: number): Promise<void> {
    try {
      const response = await fetch(config.tracks[index]?.cues ?? "", { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(String(response.status));
      const { cues } = (await response.json()) as { cues: Row[] };
      if (index === chosen) lines.show(cues.map(fromRow));
      tick();
    } catch {
      if (index === chosen) found!.textContent = say("loadFailed");
    }
  }
  function choose(index: number): void {
    if (index === chosen) return;
    chosen = index;
    if (select) select.value = config.tracks[index]?.language ?? "";
    void load(index);
  }
  select?.addEventListener("change", () => {
    choose(config.tracks.findIndex((track) => track.language === select.value));
    if (on) keepWanted(select.value);
    show();
  });
  if (select) select.value = config.tracks[chosen]?.language ?? "";
  void load(chosen);
  return turn;
}
