// Notices on this phone, where the browser can show them: asked for by her tap, never by itself. Whether they are on is
// for the server to say: the browser may have been turned on by somebody else.
const section = document.querySelector("[data-notices]");
const form = section?.querySelector("form");
const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
let isOn = false;

function show(on) {
  isOn = on;
  for (const each of section.querySelectorAll("[data-when]")) each.hidden = (each.dataset.when === "on") !== on;
  section.hidden = !on && Notification.permission === "denied";
}

function send(name, value) {
  const body = new URLSearchParams(new FormData(form));
  body.set(name, value);
  return fetch(form.action, { method: "POST", body, redirect: "manual" });
}

async function tell(name, value) {
  const answer = await send(name, value);
  if (answer.type !== "opaqueredirect") throw new Error(String(answer.status));
}

async function look() {
  const worker = await navigator.serviceWorker.ready;
  const there = await worker.pushManager.getSubscription();
  if (!there) return show(false);
  const answer = await send("here", there.endpoint);
  return show(answer.ok && (await answer.json()).on);
}

async function turn(event) {
  event.preventDefault();
  const failed = section.querySelector("[data-failed]");
  failed.hidden = true;
  try {
    const worker = await navigator.serviceWorker.ready;
    const there = await worker.pushManager.getSubscription();
    if (isOn && there) await tell("gone", there.endpoint);
    if (there) await there.unsubscribe(); // one that was somebody else's is not taken over
    if (isOn) {
      show(false);
      return;
    }
    const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: section.dataset.key });
    await tell("subscription", JSON.stringify(made));
    show(true);
  } catch {
    failed.hidden = false;
  }
}

if (section && can) {
  form.addEventListener("submit", turn);
  look().catch(() => {});
}
