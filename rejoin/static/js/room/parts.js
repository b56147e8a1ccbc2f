// The parts of the page (data-part-of): one is there at a time. It takes focus, so that whoever listens is where the page
// is.
import { words } from "./words.js";
const page = document.getElementById("room");

export function part(name, said = "") {
  if (page.dataset.part === name && !said) return;
  const isThere = page.dataset.part === name;
  page.dataset.part = name;
  for (const one of page.querySelectorAll("[data-part-of]")) one.hidden = !one.dataset.partOf.split(" ").includes(name);
  const shown = page.querySelector(`[data-part-of~="${name}"]`);
  const why = shown.querySelector("[data-why]");
  if (said && why && why.textContent !== said) why.textContent = said;
  if (!isThere) shown.querySelector("h1")?.focus({ preventScroll: true });
}

export const partOut = (why, said) => part("out", said ?? words[why]);
