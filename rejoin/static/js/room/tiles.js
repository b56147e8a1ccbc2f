// A tile for each person, by her reference: it stays hers when she leaves and comes back, on whichever connection. A
// picture is shown while one comes; else the tile says her name. Sound has an element of its own, so that it goes on
// whether she is seen or not.
import { forget, put, watch } from "./frames.js";
import { nameOf, onPeople, people, refOf } from "./people.js";
import { words } from "./words.js";

const list = document.getElementById("room-tiles");
const pattern = document.getElementById("room-tile");
const tiles = new Map(); // by reference
let sink = "";

const initials = (name) => name.split(/\s+/).slice(0, 2).map((word) => word[0] ?? "").join("").toUpperCase();

function made(ref, own) {
  const element = pattern.content.firstElementChild.cloneNode(true);
  const [video, audio] = [element.querySelector("video"), element.querySelector("audio")];
  element.dataset.ref = ref;
  element.classList.toggle("is-own", own);
  if (own) list.prepend(element);
  else list.append(element);
  const tile = { element, video, audio, own, conns: [], tracks: {} };
  tiles.set(ref, tile);
  if (sink) audio.setSinkId?.(sink).catch(() => {});
  watch(tile);
  name(ref);
  counted();
  return tile;
}

function name(ref) {
  const { element, own } = tiles.get(ref);
  const person = people.get(ref);
  element.querySelector("[data-name]").textContent = own ? words.you : nameOf(ref);
  element.querySelector("[data-initials]").textContent = initials(nameOf(ref));
  element.querySelector("[data-host]").hidden = !person?.host;
  element.querySelector("[data-hand]").hidden = !person?.hand_up;
  element.querySelector("[data-muted]").hidden = !person?.muted;
}

function counted() {
  list.dataset.count = [...tiles.values()].filter((tile) => !tile.element.classList.contains("is-name")).length;
}

export function give(ref, { video }) {
  put(tiles.get(ref) ?? made(ref, true), "video", video);
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
  for (const kind of ["video", "audio"]) put(tile, kind, null);
  forget(tile);
  tile.element.remove();
  tiles.delete(refOf(conn));
  counted();
  return true;
}

// media: by connection. The latest of a person's that gives anything is hers.
export function receive(media) {
  for (const tile of tiles.values()) {
    if (tile.own) continue;
    const latest = media.get([...tile.conns].reverse().find((conn) => media.has(conn)));
    for (const kind of ["video", "audio"]) put(tile, kind, latest?.[kind] ?? null);
  }
}

// After a break everybody is looked for anew: whoever is not here again is gone.
export function forgetConnections() {
  for (const tile of tiles.values()) tile.conns = [];
}

export function sweep() {
  const out = refs().filter((ref) => !tiles.get(ref).conns.length);
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
  for (const { audio } of tiles.values()) audio.setSinkId?.(id).catch(() => {});
}

export function playAll() {
  for (const { audio, video } of tiles.values()) for (const one of [audio, video]) if (one.srcObject) one.play().catch(() => {});
}

onPeople(() => [...tiles.keys()].forEach(name));
