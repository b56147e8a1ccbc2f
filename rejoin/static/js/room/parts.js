// The parts of the page (data-part-of): one is there at a time. It takes focus, so that whoever listens is where the page
// is.
const WHY = {
  refused: "You were not let in this time.",
  removed: "You are not in the room any more. Somebody of your team gets in touch with you.",
  over: "This session is over.",
  elsewhere: "This link does not open the room any more.",
  left: "You left. You can come back while the session runs.",
};
const page = document.getElementById("room");

export function part(name, words = "") {
  if (page.dataset.part === name && !words) return;
  const isThere = page.dataset.part === name;
  page.dataset.part = name;
  for (const one of page.querySelectorAll("[data-part-of]")) one.hidden = !one.dataset.partOf.split(" ").includes(name);
  const shown = page.querySelector(`[data-part-of~="${name}"]`);
  const why = shown.querySelector("[data-why]");
  if (words && why && why.textContent !== words) why.textContent = words;
  if (!isThere) shown.querySelector("h1")?.focus({ preventScroll: true });
}

export const partOut = (why, words) => part("out", words ?? WHY[why]);
