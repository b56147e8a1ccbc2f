// One connection to the room, from its grant to its end: what we give (sending.js) and what we get (receiving.js). It is
// never mended. When it breaks, line.js makes another, with a grant of its own.
import { closeSession, openSession } from "./engine.js";
import { Receiving } from "./receiving.js";
import { Sending } from "./sending.js";

const refOf = (conn) => conn.split(".")[0];

export class Connection {
  // on: here(conn), gone(conn), media(Map), weak(so), out(why), lost(why)
  constructor(grant, on) {
    this.grant = grant;
    this.on = on;
  }

  async open(tracks, size, shown) {
    const lost = (why) => this.end() && this.on.lost(why);
    this.session = await openSession(this.grant, lost);
    if (this.ended) return closeSession(this.session);
    this.sending = new Sending(this.session, this.grant, {
      lost,
      out: (why) => this.end() && this.on.out(why),
      weak: (so) => { if (!this.ended) this.on.weak(so); },
      here: (conn) => this.on.here(conn),
      gone: (conn) => { this.receiving?.forget(conn); this.on.gone(conn); },
      streams: (conn, streams) => this.heardOf(conn, streams),
    });
    await this.sending.enter();
    this.receiving = new Receiving(this.session, this.grant, this.sending.privateId, { lost, media: (media) => this.on.media(media) });
    this.receiving.shown = shown;
    for (const [conn, streams] of this.early ?? []) this.receiving.offer(conn, streams);
    await this.sending.give(tracks, size);
  }

  // Somebody's streams. What comes from another device of the same person is not played back to her.
  heardOf(conn, streams) {
    this.on.here(conn);
    if (refOf(conn) === this.grant.ref) return;
    if (this.receiving) this.receiving.offer(conn, streams);
    else (this.early ??= new Map()).set(conn, streams);
  }

  give(tracks, size) {
    return this.sending?.give(tracks, size);
  }

  show(shown) {
    this.receiving?.show(shown);
  }

  // True the first time: what breaks breaks in several places, and is told once.
  end() {
    if (this.ended) return false;
    this.ended = true;
    this.sending?.end();
    this.receiving?.end();
    closeSession(this.session);
    return true;
  }
}
