// A page that follows what happens: <body data-live="/live/" data-topics="today,words">. At each event of a topic the
// page's own address is asked for again, and every element with data-live-region="name" is put in the place of the one
// it was: never while somebody writes in it, and never so that focus is lost. Without a script there is a link.
import { isWrittenIn, nameOf, plain, regions, replace } from "./regions.js";

const { live } = document.body.dataset;
const topics = document.body.dataset.topics?.replace(/\s/g, "");
const GATHER = 100; // milliseconds in which several events are one
const TRY_AGAIN = 10000;
const LOOK_ANYWAY = 60000; // what is due comes due by itself, and nobody tells of it
const status = document.querySelector("[data-live-status]");
const seen = new Map(); // by region: what the server last said it holds
let asked = 0;
let asking = false;
let timer;
let stream;

function say(words, look = "") {
  if (!status || status.textContent === words) return;
  status.textContent = words;
  status.className = `live-words ${look}`;
}

function show(page) {
  const [here, there] = [regions(document), regions(page)];
  const fresh = new Map(there.map((one) => [nameOf(one, there), one]));
  let held = false;
  for (const region of here) {
    const name = nameOf(region, here);
    const news = fresh.get(name);
    if (!news || plain(news) === seen.get(name)) continue;
    if (isWrittenIn(region)) { held = true; continue; }
    seen.set(name, plain(news));
    replace(region, news);
  }
  document.title = page.title;
  document.dispatchEvent(new CustomEvent("page:fresh", { detail: page.body.dataset }));
  if (held) {
    say("Something is new here; it waits until you are done writing", "is-live");
    document.addEventListener("focusout", soon, { once: true });
  } else if (stream.readyState === EventSource.OPEN) {
    say("Live", "is-live");
  }
}

async function askAgain() {
  if (asking) return;
  asking = true;
  const until = asked;
  try {
    const answer = await fetch(location.href, { headers: { "X-Looks-Again": "yes", "X-Unattended": "yes" }, cache: "no-store" });
    if (answer.redirected || !answer.ok) throw new Error("elsewhere");
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    say("What is new could not be fetched", "is-lost");
  }
  asking = false;
  if (asked > until) soon();
}

function soon() {
  asked += 1;
  clearTimeout(timer);
  timer = setTimeout(askAgain, GATHER);
}

function follow(again = false) {
  let heard = new Date();
  const hear = (then) => () => { heard = new Date(); then?.(); };
  stream = new EventSource(`${live}?topics=${encodeURIComponent(topics)}`);
  stream.onopen = hear(() => { say("Live", "is-live"); if (again) soon(); });
  for (const topic of [...topics.split(","), "refresh"]) stream.addEventListener(topic, hear(soon));
  stream.addEventListener("signed-out", () => { stream.close(); say("You are signed out", "is-lost"); });
  stream.onerror = () => {
    const at = heard.toLocaleTimeString("en-GB");
    const lost = stream.readyState === EventSource.CLOSED; // a browser comes back by itself only after a broken line
    say(lost ? `Not live since ${at}` : `Reconnecting, last heard ${at}`, "is-lost");
    if (lost) setTimeout(follow, TRY_AGAIN, true);
  };
}

if (live && topics) {
  const all = regions(document);
  for (const region of all) seen.set(nameOf(region, all), plain(region));
  say("Connecting");
  follow();
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", ({ persisted }) => { if (persisted) follow(true); });
  // A browser opens six lines to a site at most: a page that nobody looks at holds none.
  document.addEventListener("visibilitychange", () => { stream.close(); if (!document.hidden) follow(true); });
  setInterval(() => { if (!document.hidden) soon(); }, LOOK_ANYWAY);
}
