// The engine's own client (vendor/), fetched when somebody is about to go in and not before, with promises in the place
// of callbacks. Nothing of ours goes through here but rooms and references that name nobody.
const PATIENCE = 10000; // milliseconds: a line that is cut says nothing
const KEEP_ALIVE = 5000;
const PLUGIN = "janus.plugin.videoroom";
let fetched;

async function fetchClient() {
  await import("../../vendor/adapter.js");
  const { default: Janus } = await import("../../vendor/janus.es.js");
  await new Promise((done) => Janus.init({ debug: false, callback: done }));
  return Janus;
}

export function fetchEngine() {
  fetched ??= fetchClient().catch((fault) => {
    fetched = undefined;
    throw fault;
  });
  return fetched;
}

function within(milliseconds, begin) {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error("no answer")), milliseconds);
    begin(
      (value) => { clearTimeout(timer); done(value); },
      (why) => { clearTimeout(timer); failed(new Error(String(why))); },
    );
  });
}

// A session with the engine for one grant. `lost` is called when an open one breaks. No relay of anybody else's is
// ever asked where we are: only those that the grant names.
export async function openSession({ ws_url: server, api_token: token, ice_servers: iceServers = [] }, lost) {
  const Janus = await fetchEngine();
  return within(PATIENCE, (done, failed) => {
    let open = false;
    const session = new Janus({
      server,
      token,
      iceServers,
      keepAlivePeriod: KEEP_ALIVE,
      success: () => { open = true; done(session); },
      error: (why) => (open ? lost(why) : failed(why)),
    });
  });
}

export const attach = (session, callbacks) =>
  within(PATIENCE, (success, error) => session.attach({ plugin: PLUGIN, ...callbacks, success, error }));

export const send = (handle, message, jsep) =>
  within(PATIENCE, (success, error) => handle.send({ message, jsep, success, error }));

export const offer = (handle, tracks) =>
  within(PATIENCE, (success, error) => handle.createOffer({ tracks, success, error }));

export const answer = (handle, jsep) =>
  within(PATIENCE, (success, error) => handle.createAnswer({ jsep, tracks: [], success, error }));

export const accept = (handle, jsep) =>
  within(PATIENCE, (success, error) => handle.handleRemoteJsep({ jsep, success, error }));

// The socket is closed rather than asked: the engine sees the end at once, even while the page goes away.
export function closeSession(session) {
  session?.destroy({ unload: true, notifyDestroyed: false, cleanupHandles: true });
}
