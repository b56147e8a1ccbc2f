// A page on which nobody has looked yet (<form data-look>) looks by itself, once somebody has it before her eyes: what is
// found then is kept for her, and so nothing that only fetches the address, or draws it beforehand, keeps a seat.
const form = document.querySelector("form[data-look]");

function show(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const main = fresh.querySelector("main");
  if (!main?.querySelector("[data-ways]")) throw new Error("not the page");
  document.querySelector("main").replaceWith(document.adoptNode(main));
  document.title = fresh.title;
  document.dispatchEvent(new Event("ways:shown"));
  const heading = main.querySelector("h1"); // what was waited for is read out, and the next key leads into it
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

async function look() {
  const words = form.querySelector("[data-looking]");
  const button = form.querySelector("button");
  words.hidden = false;
  button.hidden = true;
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-In-Place": "yes" } });
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.text());
  } catch {
    words.textContent = form.dataset.failed;
    words.classList.remove("looking");
    button.hidden = false;
  }
}

function whenSeen() {
  if (document.visibilityState !== "visible" || document.prerendering) return;
  document.removeEventListener("visibilitychange", whenSeen);
  document.removeEventListener("prerenderingchange", whenSeen);
  look();
}

if (form) {
  document.addEventListener("visibilitychange", whenSeen);
  document.addEventListener("prerenderingchange", whenSeen);
  whenSeen();
}
