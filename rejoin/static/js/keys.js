// Single keys: data-key="n" on a link, a button or a choice presses it. In a list (data-rows) the row that has focus is
// asked first. "?" shows them all, and there they can be switched off for good (WCAG 2.1.4). Never while somebody writes.
const OFF = "rejoin-keys-off";
const writing = (target) => target.closest?.("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit])");
const isOff = () => localStorage.getItem(OFF) === "yes";
const isThere = (element) => !element.disabled && element.checkVisibility?.() !== false;

function pressed(key, target) {
  const named = (where) => [...where.querySelectorAll("[data-key]")].filter((one) => one.dataset.key === key && isThere(one));
  const row = target.closest?.("[data-rows] > *");
  return (row && named(row)[0]) ?? named(document).find((one) => !one.closest("[data-rows]"));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (writing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") return show(event);
  const element = isOff() ? null : pressed(event.key, event.target);
  if (!element) return;
  event.preventDefault();
  if (element.matches("input:not([type=radio], [type=checkbox]), textarea, select, [data-key-focus]")) return element.focus();
  element.focus({ preventScroll: true });
  element.click();
});

const WORDS = { keys: "Keys", show_keys: "Show these keys", single_keys: "Single keys do something", close: "Close" };
// A page in another language says its own (#room-words).
const say = (name) => JSON.parse(document.getElementById("room-words")?.textContent ?? "{}")[name] ?? WORDS[name];

function words(element) {
  const copy = (element.closest("label") ?? element.labels?.[0] ?? element).cloneNode(true);
  copy.querySelectorAll("kbd, .vh").forEach((one) => one.remove());
  return element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? copy.textContent.trim();
}

function listed() {
  const keys = new Map([["?", say("show_keys")]]);
  if (document.querySelector("[data-rows]")) keys.set("j, k", "Next row, row before");
  for (const one of document.querySelectorAll("[data-key]")) if (!keys.has(one.dataset.key) && isThere(one)) keys.set(one.dataset.key, words(one));
  return keys;
}

function element(name, fields, ...children) {
  const made = Object.assign(document.createElement(name), fields);
  made.append(...children);
  return made;
}

function show(event) {
  event?.preventDefault();
  const list = element("dl", {});
  for (const [key, told] of listed()) list.append(element("dt", {}, element("kbd", { textContent: key })), element("dd", { textContent: told }));
  const on = element("input", { type: "checkbox", checked: !isOff(), id: "keys-on" });
  on.addEventListener("change", () => localStorage.setItem(OFF, on.checked ? "no" : "yes"));
  const choice = element("div", { className: "choice" }, on, element("label", { htmlFor: "keys-on", textContent: say("single_keys") }));
  const close = element("button", { className: "button", textContent: say("close"), autofocus: true });
  const heading = element("h2", { id: "keys-heading", textContent: say("keys") });
  const dialog = element("dialog", { className: "keys" }, heading, list, choice, element("form", { method: "dialog" }, close));
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-show-keys]")) show(event);
});
