// A seat's link as lines of a label and a value, for the eye and for the clipboard.
import { percent, speed } from "../live/format";
import type { LinkView, PictureLink } from "../wire.gen";
import { say } from "./text";

export interface Figure {
  label: string;
  value: string;
}

/** Everything that the node says of a link; pictures with what is sent, and why just that. */
export function figures(link: LinkView): Figure[] {
  const loss = (value: number | null) => (value === null ? "–" : percent(value));
  const sending = link.sending.map((each) => say(`detail.${each}`)).join(", ") || say("detail.nothing");
  const rtt = link.rtt_ms === null ? "–" : say("detail.ms", { value: Math.round(link.rtt_ms) });
  return [
    { label: say("detail.rtt"), value: rtt },
    { label: say("detail.loss_up"), value: loss(link.loss_up) },
    { label: say("detail.loss_down"), value: loss(link.loss_down) },
    { label: say("detail.up"), value: speed(link.up_bps) },
    { label: say("detail.down"), value: speed(link.down_bps) },
    { label: say("detail.sending"), value: sending },
    ...link.pictures.map((picture) => ({ label: say(`detail.slot.${picture.slot}`), value: pictureText(picture) })),
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
    layer && say("detail.layer", { layer }),
    bps > 0 ? speed(bps) : "",
    say(`detail.why.${why}`),
  ];
  return parts.filter(Boolean).join(" · ");
}
