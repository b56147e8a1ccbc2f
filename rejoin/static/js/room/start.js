// The page of a room is many files. Where one of them does not come (a phone that changes from one network to another
// breaks whatever is under way), the page is asked for again by itself, twice; then she is told, and asks herself.
const KEPT = "rejoin-room-loads";
const PAUSES = [500, 3000]; // milliseconds before each time

const times = () => Number(sessionStorage.getItem(KEPT) ?? 0);

async function start() {
  try {
    await import("./main.js");
    sessionStorage.removeItem(KEPT);
    document.getElementById("room-late").remove();
  } catch (fault) {
    console.error(fault);
    again();
  }
}

function again() {
  const pause = PAUSES[times()];
  if (pause === undefined) {
    sessionStorage.removeItem(KEPT);
    document.getElementById("room-late").classList.add("is-now");
    return;
  }
  sessionStorage.setItem(KEPT, times() + 1);
  setTimeout(() => location.reload(), pause);
}

start();
