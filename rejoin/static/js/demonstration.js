// The demonstration's pages follow what happens: once a second the page's own address is asked for again, and every
// element with data-live-region is put in the place of the one it was, never while somebody writes in it. The clock
// above runs on between. Without a script the page asks for itself as a whole.
import { isWrittenIn, nameOf, plain, regions, replace } from "./regions.js";

const EVERY = 1000;
const ZONE = document.body.dataset.zone ?? "America/New_York"; // the programs' wall clock
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: ZONE });
const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", timeZone: ZONE });
let { now: begin, rate = "1" } = document.body.dataset;
let began = performance.now();

function tick() {
  const now = new Date(Date.parse(begin) + (performance.now() - began) * Number(rate));
  for (const one of document.querySelectorAll("[data-wall]")) one.textContent = clock.format(now);
  for (const one of document.querySelectorAll("[data-wall-day]")) one.textContent = day.format(now);
}

function show(page) {
  const [here, there] = [regions(document), regions(page)];
  const fresh = new Map(there.map((one) => [nameOf(one, there), one]));
  for (const region of here) {
    const news = fresh.get(nameOf(region, here));
    if (news && plain(news) !== plain(region) && !isWrittenIn(region)) replace(region, news);
  }
  ({ now: begin, rate = "1" } = page.body.dataset);
  began = performance.now();
  document.title = page.title;
  document.dispatchEvent(new CustomEvent("page:fresh", { detail: page.body.dataset }));
  tick();
}

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { "X-Unattended": "yes" }, cache: "no-store" });
    if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The demonstration was ended, or is busy: it is asked again.
  }
}

async function follow() {
  await look();
  setTimeout(follow, EVERY);
}

setInterval(tick, 200);
setTimeout(follow, EVERY);
