// Everybody with a seat; for those who manage the floor, what can be done with each.
import { useState } from "preact/hooks";
import { Menu, type MenuChoice } from "../../ui/Menu";
import { useAct, useCan, useLive, useSnapshot } from "../context";
import { fold } from "../format";
import { captionOf, sorted } from "../roll";
import { say } from "../text";
import type { SeatView } from "../../wire.gen";

export function People() {
  const { seats } = useSnapshot();
  const [wanted, setWanted] = useState("");
  const needle = fold(wanted.trim());
  const shown = sorted(seats).filter((seat) => !needle || fold(`${seat.name} ${seat.caption}`).includes(needle));
  const label = say("people.search");
  return (
    <div class="people" data-testid="people">
      <input
        class="input"
        type="search"
        value={wanted}
        placeholder={label}
        aria-label={label}
        onInput={(event) => setWanted(event.currentTarget.value)}
      />
      {shown.length === 0 && <p class="muted small">{say("people.none")}</p>}
      <ul class="people-list">
        {shown.map((seat) => (
          <Person key={seat.id} seat={seat} />
        ))}
      </ul>
    </div>
  );
}

function Person({ seat }: { seat: SeatView }) {
  const manages = useCan()("floor.manage");
  const choices = useChoices(seat);
  return (
    <li class="people-item">
      <span class={seat.online ? "people-dot is-on" : "people-dot"} aria-hidden="true" />
      <span class="grow people-who">
        <span class="truncate">{seat.name}</span>
        <span class="muted small truncate">{captionOf(seat) || say(`role.${seat.role}`)}</span>
      </span>
      <span class="visually-hidden">{say(seat.online ? "people.online_one" : "people.offline_one")}</span>
      {manages && choices.length > 0 && (
        <Menu label={say("people.actions", { name: seat.name })} icon="ellipsis" choices={choices} />
      )}
    </li>
  );
}

/** What one who manages the floor can do with a seat now. */
export function useChoices(seat: SeatView): MenuChoice[] {
  const { program } = useSnapshot();
  const { me } = useLive();
  const act = useAct();
  const choices: MenuChoice[] = [];
  const speaksAnyway = seat.id === program.presenter || seat.id === program.chair;
  if (seat.role === "viewer" || program.state === "ended") return choices;
  if (!speaksAnyway && seat.id !== me && seat.id !== program.floor.holder && seat.online) {
    choices.push({
      key: "grant",
      icon: "mic",
      label: say("queue.grant"),
      onChoose: () => void act({ type: "floor.grant", seat: seat.id }),
    });
  }
  if (seat.id === program.presenter) {
    choices.push({
      key: "unpresent",
      icon: "presentation",
      label: say("people.unpresent"),
      onChoose: () => void act({ type: "presenter.set", seat: null }),
    });
  } else {
    choices.push({
      key: "present",
      icon: "presentation",
      label: say("people.present"),
      onChoose: () => void act({ type: "presenter.set", seat: seat.id }),
    });
  }
  if (seat.id === program.pinned) {
    choices.push({
      key: "unpin",
      icon: "tv",
      label: say("people.unpin"),
      onChoose: () => void act({ type: "speaker.pin", seat: null }),
    });
  } else if (seat.online) {
    choices.push({
      key: "pin",
      icon: "tv",
      label: say("people.pin"),
      onChoose: () => void act({ type: "speaker.pin", seat: seat.id }),
    });
  }
  return choices;
}
