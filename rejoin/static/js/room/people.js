// Who is called what. The engine knows references alone; names are ours, asked for by this page whenever something changed.
import { ask } from "./asking.js";
import { words } from "./words.js";

export const people = new Map(); // by reference: { name, host, hand_up, muted }
export const room = { locked: false };
const listeners = [];
let asking;
let again = false;

export const refOf = (conn) => conn.split(".")[0];
export const nameOf = (ref) => people.get(ref)?.name || words.somebody;
export const onPeople = (listener) => listeners.push(listener);

export function askForPeople() {
  if (asking) {
    again = true;
    return asking;
  }
  asking = fetchPeople().finally(() => {
    asking = undefined;
    if (again) {
      again = false;
      askForPeople();
    }
  });
  return asking;
}

async function fetchPeople() {
  const told = await ask("people");
  if (told.status !== 200) return;
  people.clear();
  for (const one of told.people) people.set(one.ref, one);
  room.locked = told.locked;
  for (const listener of listeners) listener();
}
