// Times tell how long ago they are, and go on telling it. The page's clock may be a simulated one: it begins at
// <body data-now> and runs data-rate seconds in a real second. Words as in rejoin/common/templatetags/pages.py.
let { now: begin, rate = "1" } = document.body.dataset;
let began = performance.now();
const SOON = 60; // minutes

function now() {
  return begin ? Date.parse(begin) + (performance.now() - began) * Number(rate) : Date.now();
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

// A page that was asked for again (live.js) brings the clock along: it may have been stopped, or run faster.
document.addEventListener("page:fresh", ({ detail }) => {
  if (detail.now) ({ now: begin, rate = "1" } = detail);
  began = performance.now();
  tick();
});

setInterval(tick, Number(rate) > 1 ? 1000 : 10000);
