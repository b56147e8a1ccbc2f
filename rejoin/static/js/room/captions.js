// Written words beside the spoken ones: captions that somebody types, or what somebody without a microphone says. They
// are passed on to whoever is here and kept nowhere; the page forgets them as they scroll away.
import { tell } from "./asking.js";
import { say } from "./telling.js";
import { words } from "./words.js";

const KEPT = 40;
const form = document.getElementById("room-say");
const list = document.getElementById("room-captions");
const field = form.elements.text;

export function show({ name, host, text }) {
  if (!text) return;
  const [line, who] = [document.createElement("li"), document.createElement("strong")];
  who.textContent = `${name || words.somebody}${host ? ` ${words.leads_the_session}` : ""}:`;
  line.append(who, ` ${text}`);
  list.append(line);
  while (list.childElementCount > KEPT) list.firstElementChild.remove();
  list.parentElement.hidden = false;
  list.parentElement.scrollTop = list.parentElement.scrollHeight;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  const told = await tell("caption", { text });
  if (told.status >= 200 && told.status < 300) return;
  field.value ||= text;
  say(words.not_passed_on);
});
