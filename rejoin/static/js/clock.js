// Times tell how long ago they are, and go on telling it. The page's clock may be a simulated one: it begins at
// <body data-now> and runs data-rate seconds in a real second. Words as in rejoin/common/templatetags/pages.py.
const { now: begin, rate } = document.body.dataset;
const began = performance.now();
const SOON = 60; // minutes

export function now() {
  if (!begin) return Date.now();
  return Date.parse(begin) + (performance.now() - began) * Number(rate || 1);
}

function words(minutes) {
  const hours = Math.floor(minutes / 60);
  if (minutes < 60) return `${minutes} min`;
  if (hours < 3 && minutes % 60) return `${hours} h ${minutes % 60} min`;
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(minutes / 1440)} days`;
}

function told(seconds, due) {
  const length = words(Math.floor(Math.abs(seconds) / 60));
  if (Math.abs(seconds) < 60) return due ? "due now" : "now";
  if (seconds > 0) return due ? `due in ${length}` : `in ${length}`;
  return due ? `overdue by ${length}` : `${length} ago`;
}

function tick() {
  for (const clock of document.querySelectorAll("time[data-clock]")) {
    const due = clock.dataset.clock === "due";
    const seconds = (Date.parse(clock.dateTime) - now()) / 1000;
    const text = told(seconds, due);
    const ago = clock.querySelector(".ago");
    if (!ago || ago.textContent === text) continue;
    ago.textContent = text;
    clock.classList.toggle("is-late", due && seconds <= 0);
    clock.classList.toggle("is-soon", due && seconds > 0 && seconds <= SOON * 60);
  }
}

if (Number(rate ?? 1) > 0) setInterval(tick, Math.min(15000, Math.max(1000, 30000 / Number(rate || 1))));
