// Filters above a list are sent as soon as a choice is made; words once they are finished. Their button stays for
// whoever has no script, and for whoever looks for it.
document.addEventListener("change", ({ target }) => {
  const form = target.closest?.("form[data-filter], form.table-filters");
  if (form && target.matches("select, input[type=checkbox], input[type=radio], input[type=date]")) form.requestSubmit();
});

// "Print" does nothing without a script, so it is not there without one.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
