// What happens is told to whoever cannot see it, politely: in a region that a screen reader reads when it is free. Who
// comes and goes is gathered for a moment, so that ten arrivals are one sentence.
const GATHER = 2500; // milliseconds
const region = document.getElementById("room-told");
const seen = document.getElementById("room-line");
let [came, left] = [[], []];
let timer;

export function say(words) {
  const line = document.createElement("p");
  line.textContent = words;
  region.append(line);
  while (region.childElementCount > 4) region.firstElementChild.remove();
}

// The one line above the pictures, seen; "" takes it away.
export function state(words, kind = "info") {
  if (seen.textContent === words) return;
  seen.textContent = words;
  seen.className = `room-line is-${kind}`;
  seen.hidden = !words;
}

const TROUBLE = {
  broke: "The line broke. We keep trying; you need not do anything.",
  back: "The room cannot be reached right now. We keep trying; you need not do anything.",
  away: "The video room is being started. We keep trying; you need not do anything.",
  weak: "The line is weak. Stay here; we wait for it.",
};

// Seen above the pictures, and told once.
export function trouble(kind) {
  const words = TROUBLE[kind] ?? "";
  if (words && seen.textContent !== words) say(words);
  state(words, "warning");
}

function listed(names) {
  const count = new Intl.ListFormat("en", { type: "conjunction" });
  return names.length > 4 ? `${names.length} people` : count.format(names);
}

function flush() {
  timer = undefined;
  const both = new Set(came.filter((name) => left.includes(name)));
  const [in_, out] = [came, left].map((names) => [...new Set(names)].filter((name) => !both.has(name)));
  [came, left] = [[], []];
  const said = [in_.length && `${listed(in_)} came in.`, out.length && `${listed(out)} left.`].filter(Boolean).join(" ");
  if (said) say(said);
}

function gather(list, name) {
  list.push(name);
  timer ??= setTimeout(flush, GATHER);
}

export const tellCame = (name) => gather(came, name);
export const tellLeft = (name) => gather(left, name);
