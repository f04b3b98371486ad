import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { Icon } from "./Icon";
import type { IconName } from "./icons";

type Look = "plain" | "primary" | "gold" | "danger" | "quiet" | "soft";

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "size" | "icon"> {
  look?: Look;
  size?: "small" | "usual" | "large";
  icon?: IconName;
  /** Something that the button started is under way: it cannot be pressed again. */
  busy?: boolean;
  children: ComponentChildren;
}

/** A button with words. One primary button per view. */
export function Button({ look = "plain", size = "usual", icon, busy = false, class: extra, children, disabled, ...rest }: ButtonProps) {
  const classes = ["button", look !== "plain" && `button-${look}`, size !== "usual" && `button-${size}`, extra];
  return (
    <button type="button" {...rest} class={classes.filter(Boolean).join(" ")} disabled={Boolean(disabled) || busy} aria-busy={busy || undefined}>
      {(busy || icon) && <Icon name={busy ? "loader-circle" : icon!} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon" | "label"> {
  icon: IconName;
  /** What the button does, for those who do not see the icon; also the tooltip. */
  label: string;
  /** Off in a way that matters: a muted microphone, a stopped camera. */
  off?: boolean;
  look?: "round" | "plain";
  small?: boolean;
}

/** A round button with an icon only. */
export function IconButton({ icon, label, off = false, look = "round", small = false, class: extra, ...rest }: IconButtonProps) {
  const classes = ["icon-button", off && "is-off", look === "plain" && "is-plain", small && "is-small", extra];
  return (
    <button type="button" aria-label={label} title={label} {...rest} class={classes.filter(Boolean).join(" ")}>
      <Icon name={icon} />
    </button>
  );
}
