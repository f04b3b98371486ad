/** The attempt's form: reading answers from its controls, putting them back, and saying what is answered. */
import type { Answers } from "./saver";

type Control = HTMLInputElement | HTMLSelectElement;

export function questions(form: HTMLFormElement): HTMLFieldSetElement[] {
  return [...form.querySelectorAll<HTMLFieldSetElement>("fieldset[data-question]")];
}

function controls(question: HTMLFieldSetElement): Control[] {
  return [...question.querySelectorAll<Control>("input[name], select[name]")];
}

const isTick = (control: Control): control is HTMLInputElement => control.type === "radio" || control.type === "checkbox";

/** What the form would send for one question. */
export function values(question: HTMLFieldSetElement): string[] {
  return controls(question)
    .filter((control) => !isTick(control) || control.checked)
    .map((control) => control.value);
}

export function isAnswered(question: HTMLFieldSetElement): boolean {
  const given = values(question);
  return given.length > 0 && given.every((value) => value.trim() !== "") && !isMisread(question);
}

/** Whether a number is asked for and something else is typed. */
export function isMisread(question: HTMLFieldSetElement): boolean {
  const [typed = ""] = values(question);
  return question.dataset.kind === "numeric" && typed.trim() !== "" && !isNumber(typed);
}

/** Whether training/quiz/domain/answers.py can read a number: "30", "1.234,5", "-0,5", "30%". */
export function isNumber(typed: string): boolean {
  return /^[+-]?(\d[\d.,]*|[.,]\d+)$/.test(typed.trim().replace(/%$/, "").replace(/\s/g, "").replace("−", "-"));
}

/** Put an answer back into its controls. */
export function fill(question: HTMLFieldSetElement, answer: string[]): void {
  const all = controls(question);
  for (const [place, control] of all.entries()) {
    if (isTick(control)) control.checked = answer.includes(control.value);
    else control.value = answer[place] ?? "";
  }
}

export function allAnswers(form: HTMLFormElement): Answers {
  return Object.fromEntries(questions(form).map((question) => [question.dataset.question ?? "", values(question)]));
}
