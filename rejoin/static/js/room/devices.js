// Camera and microphone: opened, chosen, closed. Whatever cannot be opened is said in plain words, and everything else
// goes on without it: sound alone, or listening alone.
import { words } from "./words.js";
const KEPT = "rejoin-room-devices";
export const tracks = { audio: null, video: null };
export const faults = { audio: "", video: "" };
export const chosen = kept();

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

function wanted(kind, size) {
  const deviceId = chosen[kind] ? { ideal: chosen[kind] } : undefined;
  if (kind === "audio") return { audio: { deviceId, echoCancellation: true, noiseSuppression: true, autoGainControl: true } };
  const { width, height, frameRate } = size;
  return { video: { deviceId, width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frameRate, max: frameRate } } };
}

// One kind, alone: that the camera is refused says nothing of the microphone.
export async function open(kind, size) {
  close(kind);
  faults[kind] = "";
  try {
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "NotFoundError");
    const stream = await navigator.mediaDevices.getUserMedia(wanted(kind, size));
    [tracks[kind]] = stream.getTracks();
    tracks[kind].dontStop = true; // the engine's client stops what it was given, and we come back with the same
    tracks[kind].addEventListener("ended", () => document.dispatchEvent(new CustomEvent("room:device", { detail: kind })));
  } catch (fault) {
    faults[kind] = words[fault.name] ?? words.not_opened;
  }
  return tracks[kind];
}

export function close(kind) {
  tracks[kind]?.stop();
  tracks[kind] = null;
}

export function choose(kind, id) {
  chosen[kind] = id;
  try {
    localStorage.setItem(KEPT, JSON.stringify(chosen));
  } catch {
    // It holds for this time alone.
  }
}

// Names are there only after one was opened; until then there is nothing to choose between.
export async function listed(kind) {
  const type = { audio: "audioinput", video: "videoinput", speaker: "audiooutput" }[kind];
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return all.filter((one) => one.kind === type && one.deviceId && one.label);
}
