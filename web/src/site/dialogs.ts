/**
 * Dialogs are `<dialog class="dialog" id="x">`: opened by `data-open-dialog="x"`, closed by `data-close-dialog` or Esc. The
 * browser keeps focus inside and gives it back.
 */
export function startDialogs(): void {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const opener = event.target.closest<HTMLElement>("[data-open-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.openDialog ?? "");
      if (dialog instanceof HTMLDialogElement) dialog.showModal();
      return;
    }
    if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog")?.close();
    else if (event.target instanceof HTMLDialogElement) event.target.close(); // the backdrop
  });
}

/** Ask in the page's own dialog; true when the person agrees. */
export function confirmed(question: string, yes?: string): Promise<boolean> {
  const dialog = document.getElementById("confirm");
  if (!(dialog instanceof HTMLDialogElement)) return Promise.resolve(false);
  const title = dialog.querySelector("[data-confirm-text]");
  const button = dialog.querySelector<HTMLButtonElement>("[data-confirm-yes]");
  if (!title || !button) return Promise.resolve(false);
  button.dataset.usual ??= button.textContent ?? "";
  title.textContent = question;
  button.textContent = yes || button.dataset.usual;
  return new Promise((resolve) => {
    const agree = () => dialog.close("yes");
    button.addEventListener("click", agree, { once: true });
    dialog.addEventListener(
      "close",
      () => {
        button.removeEventListener("click", agree);
        resolve(dialog.returnValue === "yes");
      },
      { once: true },
    );
    dialog.returnValue = "";
    dialog.showModal();
  });
}

/** Send a form that was agreed to; where its part of the page came anew meanwhile, the one that stands there now. */
function send(form: HTMLFormElement, submitter: HTMLElement | null): void {
  const others = [...document.querySelectorAll<HTMLFormElement>("form[data-confirm]")];
  const there = form.isConnected ? form : others.find((other) => other.action === form.action);
  if (!there) return; // what it was about is over
  there.dataset.agreed = "yes";
  there.requestSubmit(there === form ? submitter : null);
  delete there.dataset.agreed;
}

/** Forms with `data-confirm="question"` (and `data-confirm-label`) ask before they are sent; `hx-confirm` uses the same dialog. */
export function startConfirmations(): void {
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement) || !form.dataset.confirm || form.dataset.agreed) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      void confirmed(form.dataset.confirm, form.dataset.confirmLabel).then((yes) => {
        if (yes) send(form, submitter);
      });
    },
    { capture: true },
  );
  document.addEventListener("htmx:confirm", (event) => {
    const { question, issueRequest, elt } = (
      event as CustomEvent<{ question: string | null; issueRequest: (skip: boolean) => void; elt: HTMLElement }>
    ).detail;
    if (!question) return;
    event.preventDefault();
    void confirmed(question, elt.dataset.confirmLabel).then((yes) => yes && issueRequest(true));
  });
}
