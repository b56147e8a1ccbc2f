// The room page: before going in, waiting, inside, and out again. What each part does is in the file of its name; here
// they are tied together: what is heard from the engine and from our own server, and what follows from it.
import { base, tellOnTheWayOut } from "./asking.js";
import { stayAwake } from "./awake.js";
import * as captions from "./captions.js";
import * as check from "./check.js";
import * as controls from "./controls.js";
import * as devices from "./devices.js";
import { fetchEngine } from "./engine.js";
import { follow, stopFollowing } from "./follow.js";
import { Line } from "./line.js";
import * as meeting from "./meeting.js";
import { onParting } from "./parting.js";
import { part, partOut } from "./parts.js";
import { askForPeople, onPeople, people } from "./people.js";
import { sizeOf } from "./sending.js";
import * as settings from "./settings.js";
import { say, state, trouble } from "./telling.js";
import * as tiles from "./tiles.js";
import * as view from "./viewing.js";
import { words } from "./words.js";

// The board is fetched by those alone who lead.
const isHost = document.getElementById("room").dataset.host === "true";
const hosting = isHost ? await import("./hosting.js") : { refresh: () => {}, showLock: () => {} };
let [inside, atTheDoor] = [false, false];

const { here, gone, media } = meeting; // we listen from the first answer on: before it there may be nobody who could follow
const line = new Line(
  { state: stateOf, granted, here, gone, media, weak: (so) => trouble(so ? "weak" : "") },
  () => ({ tracks: devices.tracks, size: view.view.quality, shown: view.wanted() }),
);
const listen = () => follow((kind, told) => { heard[kind](told); hosting.refresh(); });
const looksAt = () => line.connection?.show(view.wanted());

function granted({ ref }) {
  listen();
  meeting.begin(ref, devices.tracks);
}

function stateOf(name, answer) {
  const waits = name === "waiting" || name === "locked";
  atTheDoor = waits || (atTheDoor && name !== "in");
  if (name === "in") return arrived();
  if (name === "back" || name === "away") return trouble(name === "back" && inside ? "broke" : name);
  state("");
  if (answer.state === "check-in") return location.assign(base);
  if (waits) {
    listen();
    return part(name, name === "waiting" ? answer.words : "");
  }
  stop();
  partOut(name, answer.words);
}

function arrived() {
  state("");
  part("in");
  controls.arrived();
  stayAwake(true);
  meeting.arrived(inside);
  inside = true;
}

async function give() {
  tiles.give(meeting.self(), devices.tracks);
  await line.connection?.give(devices.tracks, view.view.quality);
}

const heard = {
  ...{ open: askForPeople, people: askForPeople, hand: askForPeople },
  locked: () => { askForPeople(); line.again(); },
  admitted: () => line.again(),
  caption: captions.show,
  muted: () => { controls.mute(true); say(words.muted_by_host); },
  refused: (told) => stateOf("refused", told),
  removed: (told) => stateOf("removed", told),
};

function begin() {
  check.end();
  part("going");
  line.begin();
}

function stop() {
  line.leave();
  controls.left();
  stopFollowing();
  stayAwake(false);
  for (const kind of ["audio", "video"]) devices.close(kind);
  inside = atTheDoor = false;
}

function leave() {
  stop();
  tellOnTheWayOut("leave");
  partOut("left");
}

onPeople(() => {
  looksAt();
  const own = people.get(meeting.self());
  if (own) controls.handIs(Boolean(own.hand_up));
  hosting.showLock();
});
meeting.onMeeting(looksAt);
view.onView(looksAt);
for (const each of [view, settings]) each.begin();
controls.begin(give, () => sizeOf(view.view.quality));
document.querySelector("[data-go]").addEventListener("click", begin);
document.querySelector("[data-leave]").addEventListener("click", leave);
onParting(() => line.connection || atTheDoor, () => line.leave());
hosting.refresh();
if (!isHost) check.stand((name, answer) => { check.end(); stateOf(name, answer); });
check.begin().then(() => {
  if (inside) give().then(controls.show);
  (window.requestIdleCallback ?? setTimeout)(() => fetchEngine().catch(() => {}));
});
