// Going in, and coming back by itself. A line that broke is not mended: a new grant is asked for and a new connection made,
// at once and then after longer and longer pauses, until somebody leaves or is told that she may not come in.
import { tell } from "./asking.js";
import { Connection } from "./connection.js";

const PAUSES = [300, 1000, 2000, 3000, 5000]; // milliseconds; the last again and again
const LOOK_AGAIN = 10000; // whoever waits asks so often, should the news of it be lost
const STEADY = 20000; // a connection that held so long begins the pauses anew
const ENDS = { 401: "elsewhere", 403: "refused", 404: "elsewhere", 410: "over" };

export class Line {
  // on: state(name, answer), granted, and what a connection tells; wanted() says what is given and what is looked at
  constructor(on, wanted) {
    Object.assign(this, { on, wanted, tries: 0, coming: false, connection: null });
    addEventListener("online", () => this.again());
  }

  begin() {
    this.leaving = false;
    this.come();
  }

  async come() {
    clearTimeout(this.timer);
    if (this.coming || this.connection || this.leaving) return;
    this.coming = true;
    try {
      await this.tryOnce();
    } catch {
      this.later();
    } finally {
      this.coming = false;
      if (this.due) this.timer = setTimeout(() => this.come(), this.due);
      this.due = 0;
    }
  }

  async tryOnce() {
    const grant = await tell("grant");
    if (this.leaving) return;
    if (ENDS[grant.status]) return this.on.state(ENDS[grant.status], grant);
    if (grant.status === 409 || grant.status === 423) {
      this.on.state(grant.status === 409 ? "waiting" : "locked", grant);
      this.due = LOOK_AGAIN;
      return;
    }
    if (grant.status !== 200) return this.later(grant);
    if (grant.url) return location.assign(grant.url); // an engine with a page of its own: there is no line to keep here
    this.on.granted(grant);
    const connection = new Connection(grant, {
      ...this.on,
      lost: () => this.lost(connection),
      out: (why) => this.out(connection, why),
    });
    try {
      const { tracks, size, shown } = this.wanted();
      await connection.open(tracks, size, shown);
    } catch (fault) {
      connection.end();
      throw fault;
    }
    if (this.leaving || connection.ended) return void connection.end();
    this.connection = connection;
    this.since = performance.now();
    this.on.state("in", grant);
  }

  later(answer = {}) {
    this.due = PAUSES[Math.min(this.tries, PAUSES.length - 1)];
    this.tries += 1;
    this.on.state(answer.status === 503 ? "away" : "back", answer);
  }

  lost(connection) {
    if (this.connection !== connection) {
      this.due = PAUSES[0];
      return;
    }
    this.connection = null;
    if (performance.now() - this.since > STEADY) this.tries = 0;
    this.on.state("back", {});
    this.timer = setTimeout(() => this.come(), PAUSES[Math.min(this.tries++, PAUSES.length - 1)]);
  }

  // The engine says that we are out. Whether we may come back, our own server says.
  out(connection, why) {
    if (why === "left") return;
    this.lost(connection);
  }

  // Something may have changed: admitted, unlocked, the line is there again.
  again() {
    this.tries = 0;
    this.come();
  }

  leave() {
    this.leaving = true;
    clearTimeout(this.timer);
    this.connection?.end();
    this.connection = null;
  }
}
