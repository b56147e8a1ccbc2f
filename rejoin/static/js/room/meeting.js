// Who is in the room, as the engine tells it: tiles come and go, and it is said who came and left. Names are asked of our
// own server. Right after coming in (back as well) nobody is told of: everybody who is here comes up at once.
import { askForPeople, nameOf, people, refOf } from "./people.js";
import { listenTo } from "./speaking.js";
import { say, tellCame, tellLeft } from "./telling.js";
import * as tiles from "./tiles.js";
import { filled, words } from "./words.js";

const SETTLE = 4000; // after coming in: whoever has not shown by then is gone
const NAMED = 600; // a name may be on its way
let me = "";
let settling = true;
let changed = () => {};

export const onMeeting = (listener) => { changed = listener; };
export const self = () => me;

export function begin(ref, tracks) {
  me = ref;
  settling = true;
  tiles.forgetConnections();
  tiles.give(ref, tracks);
}

export function arrived(back) {
  say(back ? words.back : words.in);
  askForPeople();
  setTimeout(() => {
    settling = false;
    for (const ref of tiles.sweep()) tellLeft(nameOf(ref));
    if (!back) tellRoom(tiles.refs().length);
  }, SETTLE);
}

function tellRoom(others) {
  say(others === 1 ? words.one_other : others ? filled(words.others, { count: others }) : words.nobody_else);
}

export function here(conn) {
  const ref = refOf(conn);
  if (ref === me) return;
  const isNew = tiles.here(conn);
  if (!people.has(ref)) askForPeople();
  changed();
  if (isNew && !settling) setTimeout(() => tellCame(nameOf(ref)), NAMED);
}

export function gone(conn) {
  const ref = refOf(conn);
  const name = nameOf(ref);
  if (ref !== me && tiles.gone(conn)) tellLeft(name);
  changed();
}

export function media(map) {
  tiles.receive(map);
  listenTo(map);
}
