// The room page: before going in, waiting, inside, and out again. One part of it is there at a time; which one, the line
// and our own server say. What each part does is in the file of its name.
import { base, tellOnTheWayOut } from "./asking.js";
import * as captions from "./captions.js";
import * as check from "./check.js";
import * as controls from "./controls.js";
import * as devices from "./devices.js";
import { fetchEngine } from "./engine.js";
import { follow, stopFollowing } from "./follow.js";
import * as hosting from "./hosting.js";
import { Line } from "./line.js";
import { askForPeople, nameOf, onPeople, people, refOf } from "./people.js";
import * as settings from "./settings.js";
import { sizeOf } from "./sending.js";
import { listenTo } from "./speaking.js";
import { say, state, tellCame, tellLeft } from "./telling.js";
import * as tiles from "./tiles.js";
import * as view from "./viewing.js";

const page = document.getElementById("room");
const SETTLE = 4000; // after coming (back) in: whoever has not shown by then is gone
let me = "";
let inside = false;
let settling = true;

// Shows one part and takes focus there, so that whoever listens is where the page is.
function part(name, words = "") {
  if (page.dataset.part === name && !words) return;
  page.dataset.part = name;
  for (const one of page.querySelectorAll("[data-part-of]")) one.hidden = !one.dataset.partOf.split(" ").includes(name);
  const shown = page.querySelector(`[data-part-of~="${name}"]`);
  if (words) shown.querySelector("[data-why]").textContent = words;
  shown.querySelector("h1, h2")?.focus({ preventScroll: true });
}

const wanted = () => ({ tracks: devices.tracks, size: view.view.quality, shown: view.wanted() });
const line = new Line({ state: stateOf, granted, here, gone, media }, wanted);

function granted({ ref }) {
  me = ref;
  settling = true;
  tiles.forgetConnections();
  tiles.own(ref);
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
  if (name === "waiting") return part("waiting");
  if (name === "locked") return part("locked");
  stop();
  part("out", answer.words ?? { refused: "You were not let in this time.", over: "This session is over.", elsewhere: "This link does not open the room any more." }[name]);
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
    tellRoom(back);
  }, SETTLE);
}

function tellRoom(back) {
  const others = tiles.refs().length;
  if (!back) say(others ? `${others} ${others === 1 ? "other is" : "others are"} here.` : "Nobody else is here yet.");
}

function here(conn) {
  if (refOf(conn) === me) return;
  const isNew = tiles.here(conn);
  if (!people.has(refOf(conn))) askForPeople();
  looksAt();
  if (isNew && !settling) setTimeout(() => tellCame(nameOf(refOf(conn))), 600); // her name may be on its way
}

function gone(conn) {
  const ref = refOf(conn);
  if (ref !== me && tiles.gone(conn)) tellLeft(nameOf(ref));
  looksAt();
}

function media(map) {
  tiles.receive(map);
  listenTo(map);
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
  locked: () => { askForPeople(); line.again(); },
  admitted: () => line.again(),
  caption: captions.show,
  muted: () => { controls.mute(true); say("The facilitator muted you. You can turn your microphone on again."); },
  refused: ({ words }) => stateOf("refused", { words }),
  removed: ({ words }) => stateOf("refused", { words: words ?? "The facilitator ended your visit. Your team will be in touch with you." }),
};

function begin() {
  check.end();
  fetchEngine().catch(() => {});
  part("going");
  follow((kind, told) => { heard[kind](told); hosting.refresh(); });
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
for (const one of page.querySelectorAll("[data-go]")) one.addEventListener("click", begin);
page.querySelector("[data-leave]").addEventListener("click", leave);
addEventListener("pagehide", () => { if (line.connection) tellOnTheWayOut("leave"); line.leave(); });
hosting.refresh();
check.begin().then(() => (window.requestIdleCallback ?? setTimeout)(() => fetchEngine().catch(() => {})));
