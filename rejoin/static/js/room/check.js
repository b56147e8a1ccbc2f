// Before going in: does the camera see, does the microphone hear, do the speakers speak. Nothing of it has to work to go
// in, and the page says what that means: sound alone, or listening alone.
import { tell } from "./asking.js";
import * as devices from "./devices.js";
import { playTone, showLevel } from "./level.js";
import { sizeOf } from "./sending.js";
import { useSpeaker } from "./tiles.js";
import { view } from "./viewing.js";
import { words } from "./words.js";

const STANDS = ["granted", "waiting", "locked"];
const PATIENCE = 8000; // milliseconds in which the browser's question is answered; after that she may go in without
const SIGN = 20000; // so often our server hears that she is at the door, and she hears whether she is let in
const part = document.getElementById("room-check");
const preview = part.querySelector("video");
const frame = part.querySelector(".check-picture");
const bar = part.querySelector("meter");
const heard = part.querySelector("[data-heard]");
const means = part.querySelector("[data-means]");
const again = part.querySelector("[data-again]");
const go = part.querySelector("[data-go]");
const wants = { audio: part.querySelector("[name=use_microphone]"), video: part.querySelector("[name=use_camera]") };
const choices = { audio: part.querySelector("[name=microphone]"), video: part.querySelector("[name=camera]"), speaker: part.querySelector("[name=speaker]") };
const size = () => sizeOf(view.quality);
const door = part.querySelector("[data-door]");
let quiet = () => {};
let signs;

async function offerChoices() {
  for (const [kind, select] of Object.entries(choices)) {
    const all = await devices.listed(kind);
    select.replaceChildren(...all.map((one) => new Option(one.label, one.deviceId, false, one.deviceId === devices.chosen[kind])));
    const shut = kind !== "speaker" && !devices.tracks[kind];
    select.closest(".field").hidden = shut || all.length < (kind === "speaker" ? 1 : 2);
  }
}

function say() {
  const { audio, video } = devices.tracks;
  for (const kind of ["audio", "video"]) {
    const fault = part.querySelector(`[data-fault=${kind}]`);
    fault.textContent = wants[kind].checked ? devices.faults[kind] : "";
    fault.closest(".check-fault").hidden = !fault.textContent;
  }
  again.hidden = !part.querySelector(".check-fault:not([hidden])");
  means.textContent = audio && video ? words.seen_and_heard
    : audio ? words.heard_only
    : video ? words.seen_only
    : words.listens_only;
  part.querySelector(".check-level").hidden = !audio;
  frame.classList.toggle("has-picture", Boolean(video));
  go.textContent = audio || video ? words.go_in : words.go_in_and_listen;
}

async function open(kind) {
  if (wants[kind].checked) await devices.open(kind, size());
  else devices.close(kind);
  if (kind === "video") preview.srcObject = devices.tracks.video ? new MediaStream([devices.tracks.video]) : null;
  if (kind === "audio") {
    quiet();
    heard.textContent = devices.tracks.audio ? words.say_something : "";
    quiet = devices.tracks.audio ? showLevel(devices.tracks.audio, bar, heard) : () => {};
  }
  say();
}

export async function begin() {
  wants.video.checked = view.pictures !== "none" && wants.video.checked;
  const patience = setTimeout(() => { go.disabled = false; }, PATIENCE);
  await Promise.all([open("audio"), open("video")]);
  clearTimeout(patience);
  go.disabled = false;
  await offerChoices();
  part.setAttribute("aria-busy", "false");
}

export function end() {
  quiet();
  clearInterval(signs);
}

// Whoever tries her camera has come, and has not gone: no miss of hers. turned(state, answer): she may not come in at all.
export function stand(turned) {
  const sign = async () => {
    const answer = await tell("here");
    if (answer.status !== 200) return;
    if (!STANDS.includes(answer.state)) turned(answer.state, answer);
    else if (door.textContent !== answer.words) door.textContent = answer.words;
  };
  signs = setInterval(sign, SIGN);
  sign();
}

for (const [kind, box] of Object.entries(wants)) box.addEventListener("change", () => open(kind).then(offerChoices));
for (const [kind, select] of Object.entries(choices)) {
  select.addEventListener("change", () => {
    devices.choose(kind, select.value);
    if (kind === "speaker") useSpeaker(select.value);
    else open(kind);
  });
}
part.querySelector("[data-tone]").addEventListener("click", () => playTone(choices.speaker.value));
again.addEventListener("click", begin);
navigator.mediaDevices?.addEventListener?.("devicechange", offerChoices);
