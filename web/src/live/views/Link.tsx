// The state of the page's connections, in words.
import { type LinkQuality, SignalBars } from "../../ui/Meter";
import { useLive, useMedia } from "../context";
import { say } from "../text";

function words(phase: string, down: string, link: string): [LinkQuality, string] {
  if (phase !== "inside") return ["gone", say("link.away")];
  if (down === "broken") return ["gone", say("link.media")];
  if (down !== "connected" || link === "none") return ["poor", say("link.connecting")];
  if (link === "poor") return ["poor", say("link.poor")];
  return link === "fair" ? ["fair", say("link.fair")] : ["good", say("link.good")];
}

export function LinkState() {
  const { phase } = useLive();
  const { down, link } = useMedia();
  const [quality, text] = words(phase, down, link);
  return (
    <span class="link-state" data-testid="link" data-down={down} data-phase={phase}>
      <SignalBars quality={quality} />
      <span class="link-words">{text}</span>
    </span>
  );
}
