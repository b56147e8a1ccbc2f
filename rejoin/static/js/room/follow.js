// What our own server tells this page while it is open: a stream of events. When it breaks the browser dials again by
// itself; where it may not, we do.
import { base } from "./asking.js";

const KINDS = ["people", "caption", "hand", "muted", "removed", "admitted", "refused", "locked"];
const AGAIN = 5000;
let stream;

function read(words) {
  try {
    return JSON.parse(words);
  } catch {
    return {};
  }
}

// heard(kind, told); "open" is told whenever it can be heard again: what happened meanwhile has to be asked for.
export function follow(heard) {
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  stream = new EventSource(`${base}events`);
  stream.addEventListener("open", () => heard("open", {}));
  for (const kind of KINDS) stream.addEventListener(kind, ({ data }) => heard(kind, read(data)));
  stream.addEventListener("error", () => {
    if (stream?.readyState === EventSource.CLOSED) setTimeout(() => stream && follow(heard), AGAIN);
  });
}

export function stopFollowing() {
  stream?.close();
  stream = undefined;
}
