// The page is not (or no longer) in the session: why, and the way on.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import type { IconName } from "../../ui/icons";
import { useLive, useReach } from "../context";
import { say } from "../text";

export function Card({
  icon,
  title,
  children,
  actions,
}: {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}) {
  return (
    <main class="stage-page live-card-page">
      <div class="card live-card">
        <span class="icon-square">
          <Icon name={icon} />
        </span>
        <h1>{title}</h1>
        <div class="muted live-card-text">{children}</div>
        {actions && <div class="live-card-actions">{actions}</div>}
      </div>
    </main>
  );
}

export function HomeLink() {
  const { config } = useReach();
  return (
    <a class="button" href={config.homeUrl}>
      {say("home")}
    </a>
  );
}

/** While the first connection is made: how far, and after a while what may be wrong. */
export function Connecting() {
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), 6000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Card icon="loader-circle" title={say("gone.connecting")} actions={long && <HomeLink />}>
      <p role="status">{long ? say("gone.connecting_long") : ""}</p>
    </Card>
  );
}

/** `again` enters once more; with true it takes the seat from another page. */
export function Gone({ again }: { again: (takeOver: boolean) => void }) {
  const { config } = useReach();
  const { phase, reason } = useLive();
  if (phase === "occupied" || phase === "taken") {
    return (
      <Card
        icon="copy"
        title={say(`gone.${phase}`)}
        actions={
          <>
            <HomeLink />
            <Button look="primary" onClick={() => again(true)}>
              {say(phase === "occupied" ? "gone.take_over" : "gone.take_back")}
            </Button>
          </>
        }
      >
        <p>{say(`gone.${phase}_text`)}</p>
      </Card>
    );
  }
  if (phase === "signed_out") {
    return (
      <Card
        icon="log-in"
        title={say("gone.signed_out")}
        actions={
          <a class="button button-primary" href={config.signInUrl}>
            {say("gone.sign_in")}
          </a>
        }
      >
        <p>{say("gone.signed_out_text")}</p>
      </Card>
    );
  }
  if (phase === "left") {
    return (
      <Card
        icon="log-out"
        title={say("gone.left")}
        actions={
          <>
            <HomeLink />
            <Button look="primary" onClick={() => again(false)}>
              {say("gone.again")}
            </Button>
          </>
        }
      >
        <p>{say("gone.left_text")}</p>
      </Card>
    );
  }
  return (
    <Card
      icon="circle-alert"
      title={say("gone.refused")}
      actions={
        <>
          <HomeLink />
          <Button look="primary" icon="refresh-cw" onClick={() => location.reload()}>
            {say("gone.reload")}
          </Button>
        </>
      }
    >
      <p>{reason || say("gone.refused_text")}</p>
    </Card>
  );
}
