// For those who show content: choose a deck, turn its pages, share a screen, stop.
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, IconButton } from "../../ui/Button";
import { errorText, useAct, useLive, useMedia, useReach, useSnapshot } from "../../live/context";
import { canShareScreen } from "../../live/devices";
import type { DeckView } from "../../wire.gen";
import { say } from "../text";

function deckName(deck: DeckView): string {
  if (deck.state === "ready") return deck.title;
  return say(`present.${deck.state}`, { title: deck.title });
}

/**
 * Turning pages: what is asked next counts from what was asked last, so that quick presses are not lost while
 * one is under way.
 */
function usePages(): { page: number; pages: number; turn: (step: number) => void } | null {
  const { content } = useSnapshot().program;
  const act = useAct();
  const asked = useRef<number | null>(null);
  const busy = useRef(false);
  const { deck, kind } = content;
  const page = content.page ?? 1;
  const pages = content.pages ?? 1;
  useEffect(() => {
    if (!busy.current) asked.current = null;
  }, [deck, page]);
  if (kind !== "deck" || deck === null) return null;
  const send = async () => {
    busy.current = true;
    let sent = page;
    while (asked.current !== null && asked.current !== sent) {
      sent = asked.current;
      if (!(await act({ type: "content.deck", deck, page: sent }))) break;
    }
    asked.current = null;
    busy.current = false;
  };
  const turn = (step: number) => {
    const next = Math.min(pages, Math.max(1, (asked.current ?? page) + step));
    if (next === (asked.current ?? page)) return;
    asked.current = next;
    if (!busy.current) void send();
  };
  return { page, pages, turn };
}

const KEYS: Record<string, number> = {
  ArrowRight: 1,
  ArrowDown: 1,
  PageDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
  PageUp: -1,
};

/** Whether a key belongs to what has the focus: fields, menus, tabs, lists, dialogs. */
function isTaken(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest("input, textarea, select, [role=menu], [role=tablist], dialog, ol[tabindex]") !== null
  );
}

/** `keys`: arrow keys turn pages. */
export function PresenterTools({ keys }: { keys: boolean }) {
  const { program, decks } = useSnapshot();
  const { me } = useLive();
  const act = useAct();
  const pages = usePages();
  const turn = useRef(pages?.turn);
  turn.current = pages?.turn;
  useEffect(() => {
    if (!keys) return;
    const onKey = (event: KeyboardEvent) => {
      const step = KEYS[event.key];
      if (!step || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || isTaken(event.target))
        return;
      event.preventDefault();
      turn.current?.(step);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [keys]);

  const { content } = program;
  const tools = useRef<HTMLElement>(null);
  const show = (id: string) => {
    if (!id) return;
    tools.current?.focus(); // off the list, whose keys are the ones that turn pages
    void act({ type: "content.deck", deck: id, page: 1 });
  };
  return (
    <section class="present" ref={tools} tabIndex={-1} aria-label={say("present.title")} data-testid="present">
      <select
        class="input present-deck"
        aria-label={say("present.choose")}
        value={content.kind === "deck" ? (content.deck ?? "") : ""}
        onChange={(event) => {
          show(event.currentTarget.value);
          event.currentTarget.blur(); // so that the arrow keys turn pages from now on
        }}
      >
        <option value="" disabled={content.kind === "deck"}>
          {say(decks.length ? "present.choose" : "present.none")}
        </option>
        {decks.map((deck) => (
          <option key={deck.id} value={deck.id} disabled={deck.state !== "ready"}>
            {deckName(deck)}
          </option>
        ))}
      </select>
      {pages && (
        <div class="present-pages" title={keys ? say("present.keys") : undefined}>
          <IconButton
            icon="chevron-left"
            label={say("present.previous")}
            disabled={pages.page <= 1}
            onClick={() => pages.turn(-1)}
          />
          <span class="present-page">{say("present.page", { page: pages.page, pages: pages.pages })}</span>
          <IconButton
            icon="chevron-right"
            label={say("present.next")}
            disabled={pages.page >= pages.pages}
            onClick={() => pages.turn(1)}
          />
        </div>
      )}
      <ShareButton />
      {content.kind !== "none" && !(content.kind === "screen" && content.seat === me) && (
        <Button look="quiet" icon="x" onClick={() => void act({ type: "content.clear" })}>
          {say("present.clear")}
        </Button>
      )}
    </section>
  );
}

export function ShareButton() {
  const { media, toasts } = useReach();
  const { tracks } = useMedia();
  const [busy, setBusy] = useState(false);
  if (!canShareScreen()) return null;
  const share = async () => {
    setBusy(true);
    try {
      await media.shareScreen();
    } catch (error) {
      toasts.refuse(errorText(error));
    }
    setBusy(false);
  };
  if (tracks.screen) {
    return (
      <Button look="danger" icon="screen-share-off" onClick={() => void media.stopScreen()}>
        {say("bar.unshare")}
      </Button>
    );
  }
  return (
    <Button icon="screen-share" busy={busy} onClick={() => void share()}>
      {say("bar.share")}
    </Button>
  );
}
