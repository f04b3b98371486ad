// The console goes straight in: it sends nothing of its own. It ends with the session.
import { useEffect } from "preact/hooks";
import { useLive, useReach } from "../../live/context";
import { Feedback } from "../../live/views/Feedback";
import { Ended } from "../../live/views/Ended";
import { Connecting, Gone } from "../../live/views/Gone";
import { surfaceOf } from "../surface";
import { say } from "../text";
import { Console } from "./Console";
import { RecordingTrouble } from "./RecordingTrouble";

export function App() {
  return (
    <>
      <Surface />
      <Feedback />
    </>
  );
}

function Surface() {
  const { config, live } = useReach();
  const surface = surfaceOf(useLive());
  useEffect(() => live.enter(), [live]);
  if (surface === "console") return <Console />;
  if (surface === "connecting") return <Connecting />;
  if (surface === "gone") return <Gone again={(takeOver) => live.enter(takeOver)} />;
  const back = (
    <a class="button" href={config.sessionUrl}>
      {say("session")}
    </a>
  );
  return <Ended back={back} trouble={<RecordingTrouble />} />;
}
