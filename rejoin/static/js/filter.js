// Filters above a list are sent as soon as a choice is made. The list is replaced where it stands, so that focus stays in
// the form, and what is found is told there. Their button stays, for words and for whoever has no script.
const CHOICE = "select, input[type=checkbox], input[type=radio], input[type=date]";
let latest = 0;

document.addEventListener("change", ({ target }) => {
  const form = target.closest?.("form[data-filter]");
  if (form && target.matches(CHOICE)) ask(form);
});

async function ask(form) {
  const asked = ++latest;
  const address = new URL(form.action || location.href);
  address.search = new URLSearchParams(new FormData(form)).toString();
  const answer = await fetch(address, { headers: { "X-Looks-Again": "yes" } }).catch(() => null);
  if (asked !== latest) return;
  if (!answer?.ok || answer.redirected) return form.requestSubmit();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = theSame(form, page);
  if (asked !== latest) return;
  if (!fresh || fresh.querySelector(".error-summary")) return form.requestSubmit();
  put(form.closest("section"), fresh);
  for (const field of form.elements) settle(field);
  history.replaceState(null, "", address);
}

// The list that belongs to this form, in the new page: the same one of as many.
function theSame(form, page) {
  const lists = (where) => [...where.querySelectorAll("section:has(form[data-filter])")];
  return lists(page)[lists(document).indexOf(form.closest("section"))];
}

// What was asked for is what the form says from now on: nothing in it waits to be sent.
function settle(field) {
  if ("defaultValue" in field) field.defaultValue = field.value;
  if ("defaultChecked" in field) field.defaultChecked = field.checked;
  for (const one of field.options ?? []) one.defaultSelected = one.selected;
}

function put(list, fresh) {
  const isTop = (one) => one.querySelector("form[data-filter]") || one.matches("form[data-filter]");
  const top = [...list.children].find(isTop);
  for (const one of [...list.children]) if (one !== top) one.remove();
  const rest = [...fresh.children];
  list.append(...rest.slice(rest.findIndex(isTop) + 1));
  const freshTop = rest.find(isTop);
  for (const part of [".table-out", ".buttons"]) {
    const [old, news] = [top.querySelector(part), freshTop.querySelector(part)];
    if (old && news && !old.contains(document.activeElement)) old.replaceWith(news);
  }
  const told = freshTop.querySelector("[role=status]")?.textContent ?? "";
  const status = top.querySelector("[role=status]");
  if (status) status.textContent = told;
}

document.addEventListener("click", ({ target }) => {
  if (target.closest?.("[data-print]")) print();
});
