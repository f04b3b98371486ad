/** What every page does beyond HTML: htmx, toasts, menus, dialogs, small form helpers. Pages work without it. */
import htmx from "htmx.org";
import { startCopying } from "./copying";
import { startConfirmations, startDialogs } from "./dialogs";
import { startForms } from "./forms";
import { startKeys } from "./keys";
import { startMenus } from "./menus";
import { startToasts } from "./toasts";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}

window.htmx = htmx;
startToasts();
startMenus();
startDialogs();
startConfirmations();
startForms();
startCopying();
startKeys();
