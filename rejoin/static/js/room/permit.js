// Whoever came first had nobody to see while the room's token held: for one that holds she asks once more.
import { tell } from "./asking.js";

const FRESH = 30000; // of the minute that it holds

export class Permit {
  constructor(grant) {
    this.held = grant.room_token;
    this.until = performance.now() + FRESH;
  }

  async token() {
    if (performance.now() < this.until) return this.held;
    const { status, room_token: token } = await tell("grant");
    if (status !== 200) throw new Error(`no grant: ${status}`);
    return token;
  }

  // A handle that the engine let nobody in by is of no more use.
  turnedAway(code, handle) {
    if (code === 433) this.until = 0; // the wrong token
    handle?.detach({});
    return null;
  }
}
