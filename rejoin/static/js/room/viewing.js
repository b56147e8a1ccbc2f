// Whose picture is shown, and how sharp. "all": everybody's. "few": of at most four, those who lead and those who spoke
// last. "none": sound alone, and no picture is sent to us at all. Sharpness is asked for picture by picture.
import { people } from "./people.js";
import * as tiles from "./tiles.js";

const FEW = 4;
const MANY = 16;
const LAYERS = { sharp: { substream: 1, temporal: 2 }, small: { substream: 0, temporal: 1 } };
const KEPT = "rejoin-room-view";
const spoke = new Map(); // by reference: when last
export const view = { pictures: "all", quality: "sharp" };
let changed = () => {};

export const onView = (listener) => { changed = listener; };

// What this device can do, unless she chose otherwise here before.
export function begin() {
  const line = navigator.connection;
  const thin = line?.saveData || /(^|-)2g|3g/.test(line?.effectiveType ?? "");
  const slow = (navigator.deviceMemory ?? 8) <= 2 || matchMedia("(max-width: 30rem)").matches;
  view.pictures = line?.effectiveType === "slow-2g" ? "none" : thin || slow ? "few" : "all";
  view.quality = thin || slow ? "small" : "sharp";
  try {
    Object.assign(view, JSON.parse(localStorage.getItem(KEPT) ?? "{}"));
  } catch {
    // What was kept there is not ours.
  }
}

export function choose(change) {
  Object.assign(view, change);
  try {
    localStorage.setItem(KEPT, JSON.stringify(view));
  } catch {
    // It holds for this time alone.
  }
  changed();
}

export function heard(ref) {
  const before = chosen().join();
  spoke.set(ref, performance.now());
  if (view.pictures === "few" && chosen().join() !== before) changed();
}

function chosen() {
  const all = tiles.refs();
  if (view.pictures === "none") return [];
  if (view.pictures === "all") return all.slice(0, MANY);
  const rank = (ref) => (people.get(ref)?.host ? 1e12 : 0) + (spoke.get(ref) ?? 0);
  return [...all].sort((one, other) => rank(other) - rank(one)).slice(0, FEW);
}

// By connection: in which layer her picture is wanted. The tiles are told as well.
export function wanted() {
  const refs = new Set(chosen());
  for (const ref of tiles.refs()) tiles.mark(ref, "is-name", !refs.has(ref));
  tiles.markOwn("is-name", view.pictures === "none");
  return new Map([...refs].flatMap((ref) => tiles.connsOf(ref).map((conn) => [conn, LAYERS[view.quality]])));
}
