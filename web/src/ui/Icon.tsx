import { iconHref, type IconName } from "./icons";

/** An icon of the sprite; decorative unless `label` says what it means. */
export function Icon({ name, label, class: extra = "" }: { name: IconName; label?: string; class?: string }) {
  return (
    <svg class={`icon ${extra}`} {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" as const })}>
      <use href={iconHref(name)} />
    </svg>
  );
}
