// What the room page asks of our own server. Every address is below <main id="room" data-base>; what is sent is JSON
// with the page's token in a header, and what comes back is { status, ...answer }: no line, no answer, is status 0.
const room = document.getElementById("room");
export const base = room.dataset.base;
const token = document.querySelector("#room-token [name=csrfmiddlewaretoken]")?.value ?? "";
const PATIENCE = 8000; // milliseconds: on a cut line a request hangs

async function answered(address, options) {
  try {
    const signal = AbortSignal.timeout?.(PATIENCE);
    const answer = await fetch(address, { cache: "no-store", signal, ...options });
    const type = answer.headers.get("Content-Type") ?? "";
    const told = type.includes("json") ? await answer.json() : { text: await answer.text() };
    return { ...told, status: answer.redirected ? 401 : answer.status };
  } catch {
    return { status: 0 };
  }
}

export const ask = (path) => answered(base + path, { headers: { "X-Unattended": "yes" } });

export const tell = (path, said = {}) =>
  answered(base + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(said),
  });

// A form of the page (the host's board), sent as it stands.
export const send = (form, button) =>
  answered(form.action, { method: "POST", headers: { "X-CSRFToken": token }, body: new URLSearchParams(new FormData(form, button)) });

// Told while the page goes away: a beacon has no headers, so the token goes in the body.
export function tellOnTheWayOut(path) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", token);
  return navigator.sendBeacon(base + path, body);
}
