// The console goes straight in: it sends nothing of its own.
import { useEffect } from "preact/hooks";
import { useLive, useReach } from "../../live/context";
import { Feedback } from "../../live/views/Feedback";
import { Connecting, Gone } from "../../live/views/Gone";
import { Console } from "./Console";

export function App() {
  return (
    <>
      <Surface />
      <Feedback />
    </>
  );
}

function Surface() {
  const { live } = useReach();
  const { phase, snapshot } = useLive();
  useEffect(() => live.enter(), [live]);
  if (snapshot && (phase === "inside" || phase === "away")) return <Console />;
  if (phase === "connecting" || phase === "inside" || phase === "away") return <Connecting />;
  return <Gone again={(takeOver) => live.enter(takeOver)} />;
}
