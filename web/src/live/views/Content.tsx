// What stands beside the speaker: a page of a deck, or somebody's screen.
import { useState } from "preact/hooks";
import { Icon } from "../../ui/Icon";
import { useLive, useMedia, useSnapshot } from "../context";
import { nameOf } from "../roll";
import { say } from "../text";
import { DeckPage } from "./DeckPage";
import { type Motion, Video } from "./Video";

export function Content() {
  const { content } = useSnapshot().program;
  if (content.kind === "deck") return <DeckPage />;
  if (content.kind === "screen") return <Screen />;
  return null;
}

function Screen() {
  const snapshot = useSnapshot();
  const { me } = useLive();
  const { streams } = useMedia();
  const [motion, setMotion] = useState<Motion>("waiting");
  const seat = snapshot.program.content.seat;
  const name = nameOf(snapshot, seat);
  // One's own screen inside one's own screen is a hall of mirrors.
  if (seat === me) {
    return (
      <div class="screen-own" data-testid="screen-own">
        <Icon name="screen-share" />
        <p>{say("screen.mine")}</p>
      </div>
    );
  }
  return (
    <div class="screen" data-testid="screen">
      <Video
        stream={streams.content ?? null}
        subject={seat ?? ""}
        label={say("screen.of", { name })}
        onMotion={setMotion}
        testId="content-video"
      />
      {motion === "waiting" && (
        <p class="screen-waiting" role="status">
          {say("picture.waiting")}
        </p>
      )}
      <span class="screen-name">{say("screen.of", { name })}</span>
    </div>
  );
}
