// What the facilitator sees beside the pictures: who is expected, here, waiting and absent, and what can be done. The
// server writes it; it is fetched again whenever something changed, and what is pressed in it is sent without leaving.
import { ask, send, tell } from "./asking.js";
import { isWrittenIn, plain, replace } from "../regions.js";
import { room } from "./people.js";
import { say } from "./telling.js";

const board = document.getElementById("room-board");
const lock = document.querySelector("[data-control=lock]");
const GATHER = 150; // milliseconds in which several changes are one
const LOOK_ANYWAY = 20000; // minutes pass by themselves
let timer;
let seen = "";

export const refresh = () => {
  if (board) timer ??= setTimeout(fetchBoard, GATHER);
};

async function fetchBoard() {
  timer = undefined;
  const told = await ask("board");
  if (told.status !== 200) return;
  const fresh = new DOMParser().parseFromString(told.text, "text/html").body;
  if (plain(fresh) === seen || isWrittenIn(board)) return;
  seen = plain(fresh);
  for (const link of fresh.querySelectorAll('a[href^="/"]')) aside(link);
  replace(board, fresh);
}

// Whoever follows a link of the board stays in the room.
function aside(link) {
  link.target = "_blank";
  const told = document.createElement("span");
  told.className = "vh";
  told.textContent = " (in a window of its own)";
  link.append(told);
}

export function showLock() {
  if (!lock) return;
  lock.setAttribute("aria-pressed", String(room.locked));
  lock.querySelector("[data-words]").textContent = room.locked ? "locked" : "open";
}

async function press(event) {
  event.preventDefault();
  const told = await send(event.target, event.submitter);
  if (told.status === 0 || told.status >= 400) say(told.words ?? "That did not work. Try again.");
  else if (told.engine === "away") say("Asked. The room has not answered yet: whoever was put out goes as soon as it does.");
  else if (event.submitter?.dataset.told) say(event.submitter.dataset.told);
  refresh();
}

// The room may be told of it before the answer is here: what was asked for stands, and is not turned once more.
async function turnLock() {
  const locked = !room.locked;
  const told = await tell("lock", { locked });
  if (told.status === 0 || told.status >= 400) return say("That did not work. Try again.");
  room.locked = locked;
  showLock();
  say(room.locked ? "Nobody else can come in now." : "People can come in again.");
}

if (board) {
  board.addEventListener("submit", press);
  lock?.addEventListener("click", turnLock);
  setInterval(() => { if (!document.hidden) refresh(); }, LOOK_ANYWAY);
}
