// A tile for each person, by her reference: it stays hers when she leaves and comes back, on whichever connection. A
// picture is shown while one comes; else the tile says her name. Sound has an element of its own, so that it goes on
// whether she is seen or not.
import { nameOf, onPeople, people, refOf } from "./people.js";

const list = document.getElementById("room-tiles");
const pattern = document.getElementById("room-tile");
const tiles = new Map(); // by reference
const FROZEN = 2500; // milliseconds without a new frame: a camera that was turned off, or a line that broke
let sink = "";

const initials = (name) => name.split(/\s+/).slice(0, 2).map((word) => word[0] ?? "").join("").toUpperCase();

function made(ref, own) {
  const element = pattern.content.firstElementChild.cloneNode(true);
  const [video, sound] = [element.querySelector("video"), element.querySelector("audio")];
  element.dataset.ref = ref;
  element.classList.toggle("is-own", own);
  if (own) list.prepend(element);
  else list.append(element);
  for (const kind of ["loadeddata", "emptied"]) video.addEventListener(kind, () => look(tiles.get(ref)));
  const tile = { element, video, sound, own, conns: [], tracks: {} };
  tiles.set(ref, tile);
  if (sink) sound.setSinkId?.(sink).catch(() => {});
  if (!own) watchFrames(tile);
  name(ref);
  counted();
  return tile;
}

function name(ref) {
  const { element, own } = tiles.get(ref);
  const person = people.get(ref);
  const called = nameOf(ref);
  element.querySelector("[data-name]").textContent = own ? "You" : called;
  element.querySelector("[data-initials]").textContent = initials(called);
  element.querySelector("[data-host]").hidden = !person?.host;
  element.querySelector("[data-hand]").hidden = !person?.hand_up;
}

function counted() {
  list.dataset.count = [...tiles.values()].filter((tile) => !tile.element.classList.contains("is-name")).length;
}

function look(tile) {
  const track = tile?.tracks.video;
  if (!tile) return;
  const frozen = tile.frameAt && performance.now() - tile.frameAt > FROZEN;
  tile.element.classList.toggle("has-picture", Boolean(track && track.readyState === "live" && !track.muted && !frozen && tile.video.readyState >= 2));
}

// A picture that stands still is none: nobody should be looked at as she was a minute ago.
function watchFrames(tile) {
  const { video } = tile;
  if (!video.requestVideoFrameCallback) return;
  const seen = () => {
    tile.frameAt = performance.now();
    if (!tile.element.classList.contains("has-picture")) look(tile);
    if (tile.element.isConnected) video.requestVideoFrameCallback(seen);
  };
  video.requestVideoFrameCallback(seen);
}

setInterval(() => { if (!document.hidden) for (const tile of tiles.values()) look(tile); }, 1000);

function put(tile, kind, element, track) {
  if (tile.tracks[kind] === track) return;
  tile.tracks[kind] = track;
  element.srcObject = track ? new MediaStream([track]) : null;
  if (track) {
    for (const event of ["mute", "unmute", "ended"]) track.addEventListener(event, () => look(tile));
    element.play().catch(() => document.dispatchEvent(new CustomEvent("room:silent")));
  }
  if (kind === "video") look(tile);
}

export function own(ref) {
  return tiles.get(ref) ?? made(ref, true);
}

export function give(ref, { video }) {
  put(own(ref), "video", own(ref).video, video);
}

// True when she was not here before.
export function here(conn) {
  const ref = refOf(conn);
  const known = tiles.get(ref);
  const tile = known ?? made(ref, false);
  if (!tile.conns.includes(conn)) tile.conns.push(conn);
  return !known;
}

// True when that was her last connection.
export function gone(conn) {
  const tile = tiles.get(refOf(conn));
  if (!tile) return false;
  tile.conns = tile.conns.filter((one) => one !== conn);
  if (tile.conns.length || tile.own) return false;
  put(tile, "video", tile.video, null);
  put(tile, "audio", tile.sound, null);
  tile.element.remove();
  tiles.delete(refOf(conn));
  counted();
  return true;
}

// media: by connection. The latest of a person's that gives anything is hers.
export function receive(media) {
  for (const tile of tiles.values()) {
    if (tile.own) continue;
    const latest = media.get(tile.conns.findLast((conn) => media.has(conn)));
    put(tile, "video", tile.video, latest?.video ?? null);
    put(tile, "audio", tile.sound, latest?.audio ?? null);
  }
}

// After a break everybody is looked for anew: whoever is not here again is gone.
export function forgetConnections() {
  for (const tile of tiles.values()) tile.conns = [];
}

export function sweep() {
  const out = [...tiles.entries()].filter(([, tile]) => !tile.own && !tile.conns.length).map(([ref]) => ref);
  for (const ref of out) gone(`${ref}.`);
  return out;
}

export function mark(ref, name_, on) {
  tiles.get(ref)?.element.classList.toggle(name_, on);
  counted();
}

// Her own tile gives way as well, unless there is a picture in it.
export function markOwn(name_, on) {
  for (const [ref, tile] of tiles) if (tile.own) mark(ref, name_, on && !tile.tracks.video);
}

export const refs = () => [...tiles.entries()].filter(([, tile]) => !tile.own).map(([ref]) => ref);
export const connsOf = (ref) => tiles.get(ref)?.conns ?? [];

export function useSpeaker(id) {
  sink = id;
  for (const { sound } of tiles.values()) sound.setSinkId?.(id).catch(() => {});
}

export function playAll() {
  for (const { sound, video } of tiles.values()) for (const one of [sound, video]) if (one.srcObject) one.play().catch(() => {});
}

onPeople(() => [...tiles.keys()].forEach(name));
