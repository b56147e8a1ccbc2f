// Whoever waits at a session's door: the page looks again when she was let in, turned away, or the door opens by the
// clock. A line that broke is no reason to sit there: it looks anyway.
const LOOK_ANYWAY = 20000; // milliseconds
const base = document.querySelector("[data-visit]")?.dataset.visit;
const was = document.querySelector("h1")?.textContent;

async function look() {
  const answer = await fetch(location.href, { headers: { "X-Looks-Again": "yes" }, cache: "no-store" }).catch(() => null);
  if (!answer) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (page.querySelector("h1")?.textContent !== was) location.reload();
}

if (base) {
  const stream = new EventSource(`${base}events`);
  for (const news of ["admitted", "refused", "removed", "locked"]) stream.addEventListener(news, look);
  addEventListener("pagehide", () => stream.close());
}
setInterval(look, LOOK_ANYWAY);
