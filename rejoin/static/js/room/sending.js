// Our own half of a connection: entering the room, and the sound and picture that we give. What others do in the room is
// told here too (who is there, and with which streams), and passed on.
import { accept, attach, offer, send } from "./engine.js";

const PATIENCE = 10000; // milliseconds until somebody who asked to come in is in
const AWAY = 5000; // milliseconds without a path to the engine before we try anew
const SIZES = {
  sharp: { width: 640, height: 360, frameRate: 15, bitrate: 450_000 },
  small: { width: 320, height: 180, frameRate: 10, bitrate: 150_000 },
};
export const sizeOf = (name) => SIZES[name] ?? SIZES.small;

// Two layers of one picture, so that whoever has a thin line can be given the lower one.
const layers = ({ bitrate, frameRate }) => [
  { rid: "h", active: true, maxBitrate: bitrate, maxFramerate: frameRate, scalabilityMode: "L1T2" },
  { rid: "l", active: true, maxBitrate: 120_000, maxFramerate: 10, scaleResolutionDownBy: 2, scalabilityMode: "L1T2" },
];

function described(track, size) {
  const given = { type: track.kind, capture: track, recv: false, dontStop: true, add: true };
  if (track.kind === "audio") return given;
  if (size === "sharp") return { ...given, simulcast: true, sendEncodings: layers(sizeOf(size)) };
  return { ...given, codec: "vp8", bitrate: sizeOf(size).bitrate, framerate: sizeOf(size).frameRate };
}

export class Sending {
  // on: streams(conn, streams), here(conn), gone(conn), out(why), weak(so), lost(why)
  constructor(session, grant, on) {
    Object.assign(this, { session, grant, on, handle: null, privateId: null });
  }

  async enter() {
    const { room, conn, room_token: token } = this.grant;
    let settle;
    const entered = new Promise((done, failed) => { settle = { done, failed }; });
    this.handle = await attach(this.session, {
      onmessage: (message, jsep) => this.hear(message, jsep, settle),
      connectionState: (now) => this.watch(now),
      webrtcState: (up, why) => { if (!up && why) this.on.lost(why); },
    });
    await send(this.handle, { request: "join", ptype: "publisher", room, id: conn, display: "", token });
    await Promise.race([entered, new Promise((_, failed) => { setTimeout(() => failed(new Error("no answer")), PATIENCE); })]);
  }

  hear(message, jsep, settle) {
    const { videoroom: kind, publishers = [], attendees = [], joining, leaving, kicked, unpublished, error_code: code } = message;
    if (kind === "joined") {
      this.privateId = message.private_id;
      settle.done();
    }
    if (code) settle.failed(new Error(`${code}: ${message.error}`));
    if (kind === "destroyed") return this.on.out("destroyed");
    if (leaving === "ok") return this.on.out(message.reason ?? "left");
    for (const { id } of [...attendees, ...(joining ? [joining] : [])]) this.on.here(id);
    for (const { id, streams } of publishers) this.on.streams(id, streams ?? []);
    if (unpublished && unpublished !== "ok") this.on.streams(unpublished, []);
    if (leaving || kicked) this.on.gone(leaving ?? kicked);
    if (jsep) accept(this.handle, jsep).catch((fault) => this.on.lost(fault));
  }

  watch(now) {
    clearTimeout(this.away);
    this.on.weak(now === "disconnected");
    if (now === "failed") this.on.lost(now);
    if (now === "disconnected") this.away = setTimeout(() => this.on.lost(now), AWAY);
  }

  // Gives these tracks; what is given already is replaced by what is new of its kind, or taken back where there is none.
  async give(tracks, size) {
    const changes = [];
    for (const kind of ["audio", "video"]) {
      const [track, sender] = [tracks[kind], this.senderOf(kind)];
      if (sender) await sender.replaceTrack(track ?? null);
      else if (track) changes.push(described(track, size));
    }
    if (!changes.length) return;
    await send(this.handle, { request: "configure" }, await offer(this.handle, changes));
  }

  senderOf(kind) {
    const all = this.handle?.webrtcStuff?.pc?.getTransceivers() ?? [];
    return all.find((one) => one.receiver.track.kind === kind)?.sender;
  }

  end() {
    clearTimeout(this.away);
  }
}
