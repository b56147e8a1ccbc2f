// Lists by keyboard: in <tbody data-rows> (or a list) "j" and "k" go to the next row and the one before, to what can be
// used first in it. With data-advance, a choice made by its key goes on to the next row. Checkboxes of rows
// (data-select) follow the one at the head (data-select-all), and Shift takes in all between.
const USABLE = "input:not([type=hidden]), a[href], button, select, textarea";
const writing = (target) => target.closest?.("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit])");
const isOff = () => localStorage.getItem("rejoin-keys-off") === "yes";

function go(row) {
  const first = row?.querySelector("input:checked") ?? row?.querySelector(USABLE);
  first?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
  return first;
}

function rowsAround(target) {
  const list = target.closest?.("[data-rows]") ?? document.querySelector("[data-rows]");
  const rows = list ? [...list.children].filter((row) => row.querySelector(USABLE)) : [];
  return { list, rows, at: rows.indexOf(target.closest?.("[data-rows] > *")) };
}

document.addEventListener("keydown", (event) => {
  const step = { j: 1, k: -1 }[event.key];
  if (!step || isOff() || event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const { rows, at } = rowsAround(event.target);
  if (go(rows[at < 0 ? 0 : at + step])) event.preventDefault();
});

// A choice made by its key (keys.js presses it) is done: the next row is asked.
document.addEventListener("click", ({ target, detail }) => {
  const input = target.closest?.("[data-advance] input[data-key]");
  if (!input || detail !== 0) return;
  const { rows, at } = rowsAround(input);
  if (rows[at + 1]) setTimeout(() => go(rows[at + 1]));
});

let last;
document.addEventListener("click", ({ target, shiftKey }) => {
  if (target.matches?.("[data-select-all]")) {
    for (const one of target.form?.querySelectorAll("[data-select]") ?? []) one.checked = target.checked;
  } else if (target.matches?.("[data-select]")) {
    const all = [...(target.form?.querySelectorAll("[data-select]") ?? [])];
    const [from, to] = [all.indexOf(last), all.indexOf(target)].sort((one, other) => one - other);
    if (shiftKey && from >= 0) for (const one of all.slice(from, to)) one.checked = target.checked;
    last = target;
  }
});
