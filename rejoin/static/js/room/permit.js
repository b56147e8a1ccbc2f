// The room's token holds for a minute from its grant on. Whoever came first had nobody to see in that time, and needs one
// that holds once somebody comes: the way in is asked for once more, and nothing of the new grant but its token is used.
import { tell } from "./asking.js";

const FRESH = 30000; // milliseconds; the way from the grant to here takes some of the minute
const WRONG_TOKEN = 433; // the engine's word for it

export class Permit {
  constructor(grant) {
    this.held = grant.room_token;
    this.freshUntil = performance.now() + FRESH;
  }

  async token() {
    if (performance.now() < this.freshUntil) return this.held;
    const again = await tell("grant");
    if (again.status !== 200) throw new Error(`no grant: ${again.status}`);
    this.freshUntil = performance.now() + FRESH;
    return (this.held = again.room_token);
  }

  // The engine let nobody in by this handle, which is of no more use. The next one begins anew.
  turnedAway(code, handle) {
    if (code === WRONG_TOKEN) this.freshUntil = 0;
    handle?.detach({});
    return null;
  }
}
