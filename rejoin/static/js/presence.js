// Whoever reads, moves or writes here is there, though nothing was sent yet: told to the server every few minutes, so
// that nobody is signed out over a long note. What the page does by itself does not count.
const HERE = "/account/here";
const EVERY = 5 * 60 * 1000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "scroll"];
let told = Date.now();

function tell() {
  if (Date.now() - told < EVERY) return;
  told = Date.now();
  fetch(HERE, { cache: "no-store" }).catch(() => {});
}

for (const sign of SIGNS) addEventListener(sign, tell, { passive: true, capture: true });
