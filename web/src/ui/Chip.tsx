import type { ComponentChildren } from "preact";
import { Icon } from "./Icon";
import type { IconName } from "./icons";

export type Tone = "plain" | "brand" | "gold" | "ok" | "bad" | "info";

/** A state in words; the colour only repeats it. `live` adds the beating dot. */
export function Chip({ tone = "plain", icon, dot = false, live = false, children }: {
  tone?: Tone;
  icon?: IconName;
  dot?: boolean;
  live?: boolean;
  children: ComponentChildren;
}) {
  const classes = ["chip", tone !== "plain" && `chip-${tone}`, (dot || live) && "chip-dot", live && "chip-live"];
  return (
    <span class={classes.filter(Boolean).join(" ")}>
      {icon && <Icon name={icon} />}
      {children}
    </span>
  );
}
