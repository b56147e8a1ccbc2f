// What she looks at, chosen inside: whose pictures, how sharp; the captions; and sound that the browser held back.
import { playAll } from "./tiles.js";
import { choose, view } from "./viewing.js";

const silent = document.getElementById("room-silent");

const fields = document.querySelectorAll("[name=pictures], [name=quality]");

export function begin() {
  for (const field of fields) field.checked = view[field.name] === field.value;
}

for (const field of fields) field.addEventListener("change", () => choose({ [field.name]: field.value }));

document.addEventListener("room:silent", () => { silent.hidden = false; });
silent.querySelector("button").addEventListener("click", () => {
  silent.hidden = true;
  playAll();
});

// A panel beside the pictures is a disclosure: its button says whether it is open, Escape closes it.
for (const button of document.querySelectorAll("[data-panel]")) {
  const panel = document.getElementById(button.dataset.panel);
  const turn = (open) => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) (panel.querySelector("[data-first]") ?? panel.querySelector("h2"))?.focus();
    else button.focus();
  };
  button.addEventListener("click", () => turn(panel.hidden));
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") turn(false); });
  panel.querySelector("[data-close]")?.addEventListener("click", () => turn(false));
}
