// After the end: when it was held, and the way to the replay as soon as it plays. Whoever loads the page again reads
// the same in conference/templates/conference/ended.html.
import type { ComponentChildren } from "preact";
import { Progress } from "../../ui/Meter";
import { useSnapshot } from "../context";
import { endingOf } from "../ending";
import { say } from "../text";
import { Card } from "./Gone";

/** `back`: where else one can go; `trouble`: what is said where the recording is in trouble. */
export function Ended({
  back,
  trouble,
  children,
}: {
  back: ComponentChildren;
  trouble: ComponentChildren;
  children?: ComponentChildren;
}) {
  const snapshot = useSnapshot();
  const { recording, session } = snapshot;
  const { held, replayUrl, completing } = endingOf(snapshot);
  return (
    <Card
      icon="flag"
      title={say("ended.title")}
      actions={
        <>
          {back}
          {session.module_url && (
            <a class={replayUrl ? "button" : "button button-primary"} href={session.module_url}>
              {say("ended.module")}
            </a>
          )}
          {replayUrl && (
            <a class="button button-primary" href={replayUrl} data-testid="replay">
              {say("ended.replay")}
            </a>
          )}
        </>
      }
    >
      <p class="strong">{session.conference}</p>
      {held && (
        <p data-testid="held">
          {session.title} · {held}
        </p>
      )}
      {children}
      <div class="stack-s" role="status">
        {completing && (
          <>
            <p>{say("ended.finishing")}</p>
            <Progress label={say("recording.finishing")} tone="gold" />
          </>
        )}
        {recording.state === "trouble" && trouble}
      </div>
    </Card>
  );
}
