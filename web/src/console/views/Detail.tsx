// One site: its link in figures, and what can be done with it.
import { Button, IconButton } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { useCan } from "../../live/context";
import { captionOf } from "../../live/roll";
import { Figures } from "../../live/views/Figures";
import { useChoices } from "../../live/views/People";
import { isTrouble } from "../status";
import { say } from "../text";
import type { Tile } from "../wall";
import { conditionText } from "./Wall";

export function Detail({ tile, onClose }: { tile: Tile | null; onClose: () => void }) {
  if (!tile) return <p class="muted small">{say("detail.choose")}</p>;
  return <Site tile={tile} onClose={onClose} />;
}

function Site({ tile, onClose }: { tile: Tile; onClose: () => void }) {
  const { seat, condition } = tile;
  const manages = useCan()("floor.manage");
  const choices = useChoices(seat);
  return (
    <section class="stack-s" aria-label={seat.name} data-testid="detail">
      <div class="cluster is-line">
        <h2 class="grow">{seat.name}</h2>
        <IconButton icon="x" look="plain" small label={say("detail.close", { name: seat.name })} onClick={onClose} />
      </div>
      <div class="cluster">
        <Chip tone={isTrouble(condition) ? "bad" : condition === "absent" ? "plain" : "ok"}>{conditionText(tile)}</Chip>
        <span class="muted small">{captionOf(seat)}</span>
      </div>
      <Figures key={seat.id} seat={seat} />
      {manages && (
        <div class="cluster">
          {choices.map((choice) => (
            <Button key={choice.key} size="small" icon={choice.icon} onClick={choice.onChoose}>
              {choice.label}
            </Button>
          ))}
        </div>
      )}
    </section>
  );
}
