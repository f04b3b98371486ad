/** Taking a quiz. The form works without this script; with it, every answer is saved at once and the time is counted down. */
import "./quiz.css";
import { AttemptPage } from "./attempt";

const form = document.querySelector<HTMLFormElement>("form[data-attempt]");
if (form) new AttemptPage(form).start();
