// From the pre-join page through the room to its end.
import { useEffect, useRef, useState } from "preact/hooks";
import { useLive, useMedia, useReach } from "../../live/context";
import { rememberInside, wasInside } from "../../live/page";
import { partOf } from "../../live/policy";
import { Ended } from "../../live/views/Ended";
import { Connecting, Gone, HomeLink } from "../../live/views/Gone";
import { Feedback } from "../../live/views/Feedback";
import { problemText } from "../deviceText";
import { say } from "../text";
import { PreJoin, type Wanted } from "./PreJoin";
import { Room } from "./Room";

export function App() {
  return (
    <>
      <Surface />
      <Feedback />
    </>
  );
}

function Surface() {
  const { config, live, media, toasts } = useReach();
  const { phase, snapshot } = useLive();
  const { microphoneOn, cameraOn, problems } = useMedia();
  const [before] = useState(() => wasInside(config.session));
  const [entered, setEntered] = useState(before !== null);

  /**
   * Who chairs or presents comes in as they chose; everybody else with the microphone off until they have the
   * floor.
   */
  const enter = (wanted: Wanted) => {
    setEntered(true);
    const stop = live.state.subscribe(() => {
      const { phase: now, me, snapshot: known } = live.state.get();
      if (now !== "inside" || !known) return;
      stop();
      const publishes = live.can("media.publish");
      void media.turn("camera", publishes && wanted.camera);
      void media.turn("microphone", publishes && wanted.microphone && partOf(known.program, me) !== "audience");
    });
    live.enter();
  };
  // A page that was inside before it was loaded again goes straight back into its seat.
  useEffect(() => {
    if (before) enter(before);
  }, []);
  useEffect(() => {
    if (phase === "inside") rememberInside(config.session, { microphone: microphoneOn, camera: cameraOn });
    if (phase === "left" || phase === "taken" || phase === "occupied") rememberInside(config.session, null);
  }, [phase, microphoneOn, cameraOn]);

  // A device that fails inside, when the floor comes or a cable is pulled, is told of; what was told before is
  // not said again.
  const told = useRef(problems);
  useEffect(() => {
    for (const device of ["microphone", "camera"] as const) {
      const problem = problems[device];
      if (phase === "inside" && problem && problem !== told.current[device])
        toasts.add(problemText(device, problem), "bad");
    }
    told.current = problems;
  }, [problems, phase]);

  const leave = () => {
    media.close();
    live.leave();
  };

  if (!entered) return <PreJoin onEnter={enter} />;
  if (snapshot?.program.state === "ended")
    return (
      <Ended back={<HomeLink />} trouble={<p>{say("ended.trouble")}</p>}>
        <p>{say("ended.thanks")}</p>
      </Ended>
    );
  if (snapshot && (phase === "inside" || phase === "away")) return <Room onLeave={leave} />;
  if (phase === "connecting" || phase === "inside" || phase === "away") return <Connecting />;
  return (
    <Gone
      again={(takeOver) => {
        if (phase === "left") setEntered(false);
        else live.enter(takeOver);
      }}
    />
  );
}
