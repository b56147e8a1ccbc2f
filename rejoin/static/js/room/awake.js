// While somebody is in the room her phone does not go dark, where the browser can see to that.
let lock;
let wanted = false;

async function hold() {
  if (!wanted || document.hidden || !navigator.wakeLock) return;
  lock = await navigator.wakeLock.request("screen").catch(() => undefined);
}

export function stayAwake(so) {
  wanted = so;
  if (so) hold();
  else lock?.release().catch(() => {});
}

document.addEventListener("visibilitychange", hold);
