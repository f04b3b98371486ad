// A seat's link in figures, to read and to copy.
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { useLive } from "../context";
import { figures, figuresText } from "../figures";
import { dateTime } from "../format";
import { say } from "../text";
import type { SeatView } from "../../wire.gen";

/** What the node last said of a seat's link. */
export function Figures({ seat }: { seat: SeatView }) {
  const { links } = useLive();
  const [copied, setCopied] = useState(false);
  const link = links[seat.id];
  if (!link) return <p class="muted small">{say("figures.unknown")}</p>;
  const rows = figures(link.view);
  const copy = async () => {
    const title = `${seat.name}, ${dateTime(link.atMs)}`;
    await navigator.clipboard.writeText(figuresText(title, rows));
    setCopied(true);
  };
  return (
    <>
      <dl class="facts small" data-testid="figures">
        {rows.map(({ label, value }) => (
          <Fragment key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
      <div class="cluster">
        <Button size="small" icon="clipboard-list" onClick={() => void copy()} data-testid="copy-figures">
          {say(copied ? "figures.copied" : "figures.copy")}
        </Button>
      </div>
    </>
  );
}
