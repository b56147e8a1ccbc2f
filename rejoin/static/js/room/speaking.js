// Who speaks, from the sound that comes in: marked at her tile while she does, and told to viewing.js.
import { heard } from "./viewing.js";
import * as tiles from "./tiles.js";
import { refOf } from "./people.js";

const EVERY = 300; // milliseconds
const LOUD = 0.02; // of 1; silence with a fan in the room is below
const HOLD = 1500;
const until = new Map(); // by reference
let receivers = new Map();

export function listenTo(media) {
  receivers = new Map([...media].filter(([, one]) => one.audioReceiver).map(([conn, one]) => [refOf(conn), one.audioReceiver]));
}

function look() {
  const now = performance.now();
  for (const [ref, receiver] of receivers) {
    const level = receiver.getSynchronizationSources?.()[0]?.audioLevel ?? 0;
    if (level > LOUD) {
      if (!(until.get(ref) > now)) heard(ref);
      until.set(ref, now + HOLD);
    }
    tiles.mark(ref, "is-speaking", (until.get(ref) ?? 0) > now);
  }
}

setInterval(() => { if (!document.hidden) look(); }, EVERY);
