// The state of the page's connections, in words.
import { useState } from "preact/hooks";
import { Dialog } from "../../ui/Dialog";
import { type LinkQuality, SignalBars } from "../../ui/Meter";
import { useLive, useMe, useMedia, useReach } from "../context";
import { say } from "../text";
import { Figures } from "./Figures";

function words(phase: string, down: string, link: string): [LinkQuality, string] {
  if (phase !== "inside") return ["gone", say("link.away")];
  if (down === "broken") return ["gone", say("link.media")];
  if (down !== "connected" || link === "none") return ["poor", say("link.connecting")];
  if (link === "poor") return ["poor", say("link.poor")];
  return link === "fair" ? ["fair", say("link.fair")] : ["good", say("link.good")];
}

/** In one word; pressed, in figures. */
export function LinkState() {
  const { phase } = useLive();
  const { down, link } = useMedia();
  const me = useMe();
  const { watchUrl } = useReach().config;
  const [open, setOpen] = useState(false);
  const [quality, text] = words(phase, down, link);
  return (
    <>
      <button
        type="button"
        class="link-state"
        title={say("figures.show")}
        aria-label={`${text} · ${say("figures.show")}`}
        aria-haspopup="dialog"
        data-testid="link"
        data-down={down}
        data-phase={phase}
        onClick={() => setOpen(true)}
      >
        <SignalBars quality={quality} />
        <span class="link-words">{text}</span>
      </button>
      {open && (
        <Dialog title={say("figures.title")} closeLabel={say("close")} onClose={() => setOpen(false)}>
          <p class="strong mb">{text}</p>
          <Figures seat={me} />
          {down !== "connected" && watchUrl && (
            <p class="mt">
              {say("watch.why")} <a href={watchUrl}>{say("watch.link")}</a>
            </p>
          )}
        </Dialog>
      )}
    </>
  );
}
