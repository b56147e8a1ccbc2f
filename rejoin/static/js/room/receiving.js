// The other half: one line on which the streams of everybody come. Which place on it (mid) is whose changes whenever
// somebody comes or goes, and places are used again: so after every message of the engine that lists them, all are looked
// at anew, and nothing is remembered of what a place once was.
import { answer, attach, send } from "./engine.js";
import { Permit } from "./permit.js";

const [STUCK, SOON] = [6000, 1000]; // milliseconds until a question is asked again: unanswered; after a no (she may be leaving)
const keyOf = (conn, mid) => `${conn}/${mid}`;

export class Receiving {
  // on: media(Map of conn to { audio, video }), lost(why); ours(conn): a connection of the same person as we are
  constructor(session, grant, privateId, on) {
    Object.assign(this, { session, grant, privateId, on, handle: null, permit: new Permit(grant), queue: Promise.resolve() });
    this.offered = new Map(); // by conn: the streams she gives
    this.places = []; // as the engine last listed them
    this.shown = new Map(); // by conn: how her picture is wanted, { substream, temporal }; none: not at all
    this.told = new Map(); // by place: what the engine was last told of it
  }

  offer(conn, streams) {
    this.offered.set(conn, streams.filter((one) => !one.disabled && ["audio", "video"].includes(one.type)));
    this.settle();
  }

  forget(conn) {
    if (this.offered.delete(conn)) this.remap();
  }

  show(shown) {
    this.shown = shown;
    this.settle();
    this.configure();
  }

  // What is wanted and not there yet. A picture that nobody looks at is not even asked for.
  missing() {
    const there = new Set(this.places.filter((one) => one.active).map((one) => keyOf(one.feed_id, one.feed_mid)));
    const found = [];
    for (const [conn, streams] of this.offered) {
      for (const { type, mid } of streams) {
        const wanted = type === "audio" || this.shown.has(conn);
        if (wanted && !there.has(keyOf(conn, mid))) found.push({ feed: conn, mid });
      }
    }
    return found;
  }

  // One question at a time: the engine answers each with an offer that has to be answered before the next.
  async settle() {
    if (this.ended || this.asking) return;
    const streams = this.missing();
    if (!streams.length) return;
    this.asking = true;
    this.stuck = setTimeout(() => this.answered(), STUCK);
    try {
      if (this.handle) return void (await send(this.handle, { request: "subscribe", streams }));
      this.handle = await attach(this.session, { onmessage: (message, jsep) => this.hear(message, jsep), onremotetrack: () => this.remap() });
      const who = { room: this.grant.room, private_id: this.privateId, token: await this.permit.token() };
      await send(this.handle, { request: "join", ptype: "subscriber", ...who, streams });
    } catch (fault) {
      if (!this.ended) this.on.lost(fault);
    }
  }

  hear(message, jsep) {
    const { videoroom: kind, streams } = message;
    if (streams && (kind === "attached" || kind === "updated")) this.places = streams;
    if (jsep) this.queue = this.queue.then(() => this.reply(jsep)).catch((fault) => { if (!this.ended) this.on.lost(fault); });
    else if (message.error_code) setTimeout(() => this.answered(message.error_code), SOON);
    else if (kind === "updated") this.answered();
    this.remap();
  }

  async reply(jsep) {
    if (this.ended) return;
    await send(this.handle, { request: "start" }, await answer(this.handle, jsep));
    this.answered();
  }

  answered(code) {
    if (code && !this.places.length) this.handle = this.permit.turnedAway(code, this.handle);
    clearTimeout(this.stuck);
    this.asking = false;
    this.remap();
    this.configure();
    this.settle();
  }

  remap() {
    const all = this.handle?.webrtcStuff?.pc?.getTransceivers() ?? [];
    const media = new Map();
    for (const { mid, type, active, feed_id: conn } of this.places) {
      const line = all.find((one) => one.mid === mid);
      if (!active || !line || !this.offered.has(conn)) continue;
      media.set(conn, { ...media.get(conn), [type]: line.receiver.track, [`${type}Receiver`]: line.receiver });
    }
    this.on.media(media);
  }

  // Pictures that are not looked at are not sent; those that are come in the layer that this screen wants.
  configure() {
    if (!this.handle || this.ended) return;
    const streams = [];
    for (const { mid, type, active, feed_id: conn, feed_mid: feed } of this.places) {
      if (type !== "video" || !active) continue;
      const look = this.shown.get(conn);
      const wanted = JSON.stringify([keyOf(conn, feed), look ?? null]);
      if (this.told.get(mid) === wanted) continue;
      this.told.set(mid, wanted);
      streams.push({ mid, send: Boolean(look), ...look });
    }
    if (streams.length) send(this.handle, { request: "configure", streams }).catch(() => {});
  }

  end() {
    this.ended = true;
    clearTimeout(this.stuck);
  }
}
