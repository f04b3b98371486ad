// A seat's link as lines of a label and a value, for the eye and for the clipboard.
import { percent, speed } from "./format";
import type { LinkView, PictureLink } from "../wire.gen";
import { say } from "./text";

export interface Figure {
  label: string;
  value: string;
}

/** Everything that the node says of a link; pictures with what is sent, and why just that. */
export function figures(link: LinkView): Figure[] {
  const loss = (value: number | null) => (value === null ? "–" : percent(value));
  const sending = link.sending.map((each) => say(`figures.${each}`)).join(", ") || say("figures.nothing");
  const rtt = link.rtt_ms === null ? "–" : say("figures.ms", { value: Math.round(link.rtt_ms) });
  return [
    { label: say("figures.rtt"), value: rtt },
    { label: say("figures.loss_up"), value: loss(link.loss_up) },
    { label: say("figures.loss_down"), value: loss(link.loss_down) },
    { label: say("figures.up"), value: speed(link.up_bps) },
    { label: say("figures.down"), value: speed(link.down_bps) },
    { label: say("figures.sending"), value: sending },
    ...link.pictures.map((picture) => ({ label: say(`figures.slot.${picture.slot}`), value: pictureText(picture) })),
  ];
}

/** The same as text: a title, then a line for each. */
export function figuresText(title: string, rows: Figure[]): string {
  return [title, ...rows.map(({ label, value }) => `${label}: ${value}`)].join("\n");
}

function pictureText(picture: PictureLink): string {
  const { layer, width, height, bps, why } = picture;
  const parts = [
    width !== null && height !== null ? `${width}×${height}` : "",
    layerText(layer),
    bps > 0 ? speed(bps) : "",
    say(`figures.why.${why}`),
  ];
  return parts.filter(Boolean).join(" · ");
}

/** The sizes that a page sends go by name; what an encoder calls its own is shown as it is. */
function layerText(layer: string): string {
  return layer === "f" || layer === "h" || layer === "q" ? say(`figures.layer.${layer}`) : layer;
}
