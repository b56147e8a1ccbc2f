// Notices on this phone, where the browser can show them: asked for by her tap, never by itself.
const section = document.querySelector("[data-notices]");
const form = section?.querySelector("form");
const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

function show(subscription) {
  for (const each of section.querySelectorAll("[data-when]")) each.hidden = (each.dataset.when === "on") !== Boolean(subscription);
  section.hidden = !subscription && Notification.permission === "denied";
}

async function tell(name, value) {
  const body = new URLSearchParams(new FormData(form));
  body.set(name, value);
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
  if (answer.type !== "opaqueredirect") throw new Error(String(answer.status));
}

async function turn(event) {
  event.preventDefault();
  const failed = section.querySelector("[data-failed]");
  failed.hidden = true;
  try {
    const worker = await navigator.serviceWorker.ready;
    const there = await worker.pushManager.getSubscription();
    if (there) {
      await tell("gone", there.endpoint);
      await there.unsubscribe();
      show(null);
    } else {
      const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: section.dataset.key });
      await tell("subscription", JSON.stringify(made));
      show(made);
    }
  } catch {
    failed.hidden = false;
  }
}

if (section && can) {
  form.addEventListener("submit", turn);
  navigator.serviceWorker.ready.then((worker) => worker.pushManager.getSubscription()).then(show);
}
