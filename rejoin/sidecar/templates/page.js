// What the page does besides: find, show only what is overdue, open all. Without it, all is there.
(() => {
  "use strict";
  const form = document.querySelector(".controls");
  const find = document.getElementById("find");
  const only = document.getElementById("only-overdue");
  const openAll = document.getElementById("open-all");
  const found = document.getElementById("found");
  const lines = [...document.querySelectorAll("main [data-find]:not([data-holds])")];
  const holders = [...document.querySelectorAll("main [data-holds]")];
  const folds = [...document.querySelectorAll("main details")].filter((fold) => fold.querySelector("[data-find]"));
  const wasOpen = new Map(folds.map((fold) => [fold, fold.open]));

  const shows = (line, text, parent) =>
    (!only.checked || line.hasAttribute("data-overdue")) &&
    (line.dataset.find.includes(text) || Boolean(parent && parent.dataset.find.includes(text)));

  const anyLeft = (box) => box.querySelector("[data-find]:not([hidden])") !== null;

  const hideEmpty = (selector, filtering) => {
    for (const box of document.querySelectorAll(selector)) box.hidden = filtering && !anyLeft(box);
  };

  const apply = () => {
    const text = find.value.trim().toLocaleLowerCase();
    const filtering = text !== "" || only.checked;
    let count = 0;
    for (const line of lines) {
      line.hidden = filtering && !shows(line, text, line.closest("[data-holds]"));
      if (!line.hidden) count += 1;
    }
    for (const box of holders) box.hidden = filtering && !anyLeft(box);
    hideEmpty("main table.lines, main .alert, main .part", filtering);
    hideEmpty("main > section", filtering);
    for (const fold of folds) {
      fold.hidden = filtering && !anyLeft(fold);
      fold.open = filtering ? !fold.hidden : wasOpen.get(fold);
    }
    found.textContent = !filtering ? "" : count === 0 ? "Nothing fits. Clear the filter to see all." : `${count} of ${lines.length} lines shown`;
  };

  const setAll = (open) => {
    for (const details of document.querySelectorAll("main details")) details.open = open;
    for (const fold of folds) fold.open = open || wasOpen.get(fold);
    openAll.setAttribute("aria-pressed", String(open));
  };

  // A link into a closed day opens it, also where the browser would not by itself.
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const day = target && target.closest("details");
    if (day && !day.open) { day.open = true; target.scrollIntoView(); }
  };

  // Paper has no disclosure triangles: whoever has waited longest is printed with the rest.
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll(".stale, .more")) details.open = true;
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  find.addEventListener("input", apply);
  only.addEventListener("change", apply);
  openAll.addEventListener("click", () => setAll(openAll.getAttribute("aria-pressed") !== "true"));
  window.addEventListener("hashchange", reveal);
  form.hidden = false;
  reveal();
})();
