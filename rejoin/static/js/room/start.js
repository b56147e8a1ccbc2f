// The page of a room is many files. Where one of them does not come (a phone that changes from one network to another
// breaks whatever is under way), the page is asked for again by itself, twice; then she is told, and asks herself. Where
// the browser keeps nothing (storage is blocked), nobody could count: she is told at once.
const KEPT = "rejoin-room-loads";
const PAUSES = [500, 3000]; // milliseconds before each time

function times() {
  try {
    return Number(sessionStorage.getItem(KEPT) ?? 0);
  } catch {
    return PAUSES.length;
  }
}

function keep(count) {
  try {
    if (count) sessionStorage.setItem(KEPT, count);
    else sessionStorage.removeItem(KEPT);
    return true;
  } catch {
    return false;
  }
}

async function start() {
  try {
    await import("./main.js");
    keep(0);
    document.getElementById("room-late").remove();
  } catch (fault) {
    console.error(fault);
    again();
  }
}

function again() {
  const before = times();
  const pause = PAUSES[before];
  if (pause === undefined || !keep(before + 1)) {
    keep(0);
    document.getElementById("room-late").classList.add("is-now");
    return;
  }
  setTimeout(() => location.reload(), pause);
}

start();
