// The room page: before going in, waiting, inside, and out again. What each part does is in the file of its name; here
// they are tied together. What is heard from the engine and from our own server, and what follows from it.
import { base, tellOnTheWayOut } from "./asking.js";
import * as captions from "./captions.js";
import * as check from "./check.js";
import * as controls from "./controls.js";
import * as devices from "./devices.js";
import { fetchEngine } from "./engine.js";
import { follow, stopFollowing } from "./follow.js";
import { Line } from "./line.js";
import { part } from "./parts.js";
import { askForPeople, nameOf, onPeople, people, refOf } from "./people.js";
import { sizeOf } from "./sending.js";
import * as settings from "./settings.js";
import { listenTo } from "./speaking.js";
import { say, state, tellCame, tellLeft } from "./telling.js";
import * as tiles from "./tiles.js";
import * as view from "./viewing.js";

const SETTLE = 4000; // after coming (back) in: whoever has not shown by then is gone
const NAMED = 600; // her name may be on its way
const WHY = { refused: "You were not let in this time.", over: "This session is over.", elsewhere: "This link does not open the room any more." };
const REMOVED = "You are not in the room any more. Somebody of your team gets in touch with you.";
// The board is fetched by those alone who lead.
const isHost = document.getElementById("room").dataset.host === "true";
const hosting = isHost ? await import("./hosting.js") : { refresh: () => {}, showLock: () => {} };
let me = "";
let inside = false;
let settling = true;

const line = new Line(
  { state: stateOf, granted, here, gone, media, weak },
  () => ({ tracks: devices.tracks, size: view.view.quality, shown: view.wanted() }),
);

// Only from the first answer on: before it there may be nobody here who could follow.
const listen = () => follow((kind, told) => { heard[kind](told); hosting.refresh(); });

function granted({ ref }) {
  listen();
  me = ref;
  settling = true;
  tiles.forgetConnections();
  tiles.give(ref, devices.tracks);
}

function stateOf(name, answer) {
  if (name === "in") return arrived();
  if (name === "back" || name === "away") {
    const why = name === "away" ? "The video room is being started." : inside ? "The line broke." : "The room cannot be reached right now.";
    return state(`${why} We keep trying; you need not do anything.`, "warning");
  }
  state("");
  if (answer.state === "check-in") return location.assign(base);
  if (name === "waiting" || name === "locked") {
    listen();
    return part(name);
  }
  stop();
  part("out", answer.words ?? WHY[name]);
}

function arrived() {
  const back = inside;
  inside = true;
  state("");
  part("in");
  say(back ? "You are back." : "You are in.");
  controls.show();
  askForPeople();
  setTimeout(() => {
    settling = false;
    for (const ref of tiles.sweep()) tellLeft(nameOf(ref));
    if (!back) tellRoom(tiles.refs().length);
  }, SETTLE);
}

function tellRoom(others) {
  say(others ? `${others} ${others === 1 ? "other is" : "others are"} here.` : "Nobody else is here yet.");
}

function here(conn) {
  const ref = refOf(conn);
  if (ref === me) return;
  const isNew = tiles.here(conn);
  if (!people.has(ref)) askForPeople();
  looksAt();
  if (isNew && !settling) setTimeout(() => tellCame(nameOf(ref)), NAMED);
}

function gone(conn) {
  if (refOf(conn) !== me && tiles.gone(conn)) tellLeft(nameOf(refOf(conn)));
  looksAt();
}

function media(map) {
  tiles.receive(map);
  listenTo(map);
}

function weak(so) {
  state(so ? "The line is weak. Stay here; we wait for it." : "", "warning");
}

function looksAt() {
  line.connection?.show(view.wanted());
}

async function give() {
  tiles.give(me, devices.tracks);
  await line.connection?.give(devices.tracks, view.view.quality);
}

const heard = {
  open: askForPeople,
  people: askForPeople,
  hand: askForPeople,
  board: () => {},
  locked: () => { askForPeople(); line.again(); },
  admitted: () => line.again(),
  caption: captions.show,
  muted: () => { controls.mute(true); say("The facilitator muted you. You can turn your microphone on again."); },
  refused: ({ words }) => stateOf("refused", { words }),
  removed: ({ words }) => stateOf("refused", { words: words ?? REMOVED }),
};

function begin() {
  check.end();
  part("going");
  line.begin();
}

function stop() {
  line.leave();
  stopFollowing();
  for (const kind of ["audio", "video"]) devices.close(kind);
  inside = false;
}

function leave() {
  stop();
  tellOnTheWayOut("leave");
  part("out", "You left. You can come back while the session runs.");
}

onPeople(() => {
  looksAt();
  if (people.has(me)) controls.handIs(Boolean(people.get(me).hand_up));
  hosting.showLock();
});
view.onView(looksAt);
view.begin();
settings.begin();
controls.begin(give, () => sizeOf(view.view.quality));
for (const one of document.querySelectorAll("[data-go]")) one.addEventListener("click", begin);
document.querySelector("[data-leave]").addEventListener("click", leave);
addEventListener("pagehide", () => {
  if (line.connection) tellOnTheWayOut("leave");
  line.leave();
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
hosting.refresh();
check.begin().then(() => {
  if (inside) give().then(controls.show);
  (window.requestIdleCallback ?? setTimeout)(() => fetchEngine().catch(() => {}));
});
