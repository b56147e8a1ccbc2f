// The buttons below the pictures: microphone, camera, hand. Each is pressed or not, and says which in words.
import { tell } from "./asking.js";
import * as devices from "./devices.js";
import { say } from "./telling.js";
import { words } from "./words.js";

const buttons = Object.fromEntries([...document.querySelectorAll("[data-control]")].map((one) => [one.dataset.control, one]));
let muted = false;
let up = false;
let told; // what the others know of the microphone: that it is off, or on; undefined while we are not in the room
let inside = false;
let give = () => {};
let size = () => ({});

const WORDS = { microphone: [words.off, words.on], camera: [words.off, words.on], hand: [words.down, words.up] };

function put(name, on) {
  const button = buttons[name];
  button.setAttribute("aria-pressed", String(on));
  button.querySelector("[data-words]").textContent = WORDS[name][Number(on)];
}

export function show() {
  put("microphone", hears());
  put("camera", Boolean(devices.tracks.video));
  put("hand", up);
  tellOthers();
}

const hears = () => Boolean(devices.tracks.audio) && !muted;

// The others see on our tile that nothing can be heard of us.
async function tellOthers() {
  const off = !hears();
  if (!inside || off === told) return;
  told = off;
  const answer = await tell("microphone", { off });
  if (answer.status !== 200) told = undefined;
}

export function arrived() {
  [inside, told] = [true, undefined];
  show();
}

export function left() {
  inside = false;
}

export function begin(giveTracks, sizeNow) {
  [give, size] = [giveTracks, sizeNow];
  show();
}

async function turn(kind, on) {
  if (on) await devices.open(kind, size());
  else devices.close(kind);
  await give();
  show();
  if (on && !devices.tracks[kind]) say(`${kind === "audio" ? words.microphone : words.camera}: ${devices.faults[kind]}`);
}

// Muted, the microphone stays open and sends silence: it is there at once when somebody wants to speak.
export function mute(on) {
  muted = on;
  if (devices.tracks.audio) devices.tracks.audio.enabled = !on;
  show();
}

export function handIs(now) {
  up = now;
  show();
}

buttons.microphone.addEventListener("click", async () => {
  if (!devices.tracks.audio) {
    muted = false;
    return turn("audio", true);
  }
  mute(!muted);
  say(muted ? words.muted : words.unmuted);
});

buttons.camera.addEventListener("click", () => turn("video", !devices.tracks.video));

buttons.hand.addEventListener("click", async () => {
  handIs(!up);
  const told = await tell("hand", { up });
  if (told.status >= 200 && told.status < 300) return say(up ? words.hand_up : words.hand_down);
  handIs(!up);
  say(words.hand_failed);
});

document.addEventListener("room:device", ({ detail: kind }) => {
  devices.close(kind);
  say(kind === "audio" ? words.microphone_out : words.camera_out);
  give();
  show();
});
