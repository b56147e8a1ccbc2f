// A form with words in it (data-unsaved) is not left by accident.
const changed = new Set();

function isChanged(form) {
  return [...form.elements].some((field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return [...field.options].some((one) => one.selected !== one.defaultSelected);
    return "defaultValue" in field && field.type !== "hidden" && field.value !== field.defaultValue;
  });
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("form[data-unsaved]");
  if (form) changed[isChanged(form) ? "add" : "delete"](form);
});
document.addEventListener("submit", ({ target }) => changed.delete(target));

addEventListener("beforeunload", (event) => {
  if ([...changed].some((form) => form.isConnected)) event.preventDefault();
});
