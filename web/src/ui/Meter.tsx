/** A level between 0 and 1, for example of a microphone. */
export function Meter({ value, label }: { value: number; label: string }) {
  return <meter class="meter" min={0} max={1} value={Math.min(1, Math.max(0, value))} aria-label={label} />;
}

/** How far something is, 0…1; without a value it only says that it goes on. */
export function Progress({ value, label, tone }: { value?: number; label: string; tone?: "ok" | "gold" | "info" }) {
  return <progress class={`progress ${tone ? `progress-${tone}` : ""}`} max={1} value={value} aria-label={label} />;
}

export type LinkQuality = "good" | "fair" | "poor" | "gone";

/** Four bars for a link; the words beside it say the same. */
export function SignalBars({ quality }: { quality: LinkQuality }) {
  return <span class={`signal-bars is-${quality}`} aria-hidden="true"><i /><i /><i /><i /></span>;
}
