// What happens is told to whoever cannot see it, politely: in a region that a screen reader reads when it is free. Who
// comes and goes is gathered for a moment, so that ten arrivals are one sentence.
import { filled, language, words } from "./words.js";
const GATHER = 2500; // milliseconds
const region = document.getElementById("room-told");
const seen = document.getElementById("room-line");
let [came, left] = [[], []];
let timer;

export function say(told) {
  const line = document.createElement("p");
  line.textContent = told;
  region.append(line);
  while (region.childElementCount > 4) region.firstElementChild.remove();
}

// The one line above the pictures, seen; "" takes it away.
export function state(told, kind = "info") {
  if (seen.textContent === told) return;
  seen.textContent = told;
  seen.className = `room-line is-${kind}`;
  seen.hidden = !told;
}

// Seen above the pictures, and told once.
export function trouble(kind) {
  const told = words[`line_${kind}`] ?? "";
  if (told && seen.textContent !== told) say(told);
  state(told, "warning");
}

function listed(names) {
  const count = new Intl.ListFormat(language, { type: "conjunction" });
  return names.length > 4 ? filled(words.people, { count: names.length }) : count.format(names);
}

function flush() {
  timer = undefined;
  const both = new Set(came.filter((name) => left.includes(name)));
  const [in_, out] = [came, left].map((names) => [...new Set(names)].filter((name) => !both.has(name)));
  [came, left] = [[], []];
  const said = [in_.length && filled(words.came_in, { names: listed(in_) }), out.length && filled(words.went, { names: listed(out) })].filter(Boolean).join(" ");
  if (said) say(said);
}

function gather(list, name) {
  list.push(name);
  timer ??= setTimeout(flush, GATHER);
}

export const tellCame = (name) => gather(came, name);
export const tellLeft = (name) => gather(left, name);
