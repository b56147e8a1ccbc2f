// The parts of a page that are put in the place of what they were (live.js): what is in them, whether somebody is
// writing there, and how a new one comes without losing focus, open details, or how far a table was scrolled.
export const regions = (page) => [...page.querySelectorAll("[data-live-region]")];

// By its name, and which of that name it is: a menu may be there twice.
export function nameOf(region, all) {
  const name = region.dataset.liveRegion;
  return `${name}/${all.filter((one) => one.dataset.liveRegion === name).indexOf(region)}`;
}

// What differs in every answer, and what ticks by itself, is no news.
export function plain(element) {
  return element.innerHTML
    .replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1")
    .replace(/<time class="clock[^>]*>|<span class="ago">[^<]*<\/span>/g, "");
}

export function isWrittenIn(region) {
  const writing = document.activeElement?.matches("input:not([type=radio], [type=checkbox], [type=button], [type=submit]), textarea, select");
  if (writing && region.contains(document.activeElement)) return true;
  return [...region.querySelectorAll("input, textarea, select")].some(isChanged);
}

function isChanged(field) {
  if (field.type === "hidden") return false;
  if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const chosen = [...field.options].findIndex((one) => one.defaultSelected);
  return field.selectedIndex !== Math.max(chosen, 0);
}

// Where focus was, told so that it can be found in the new region: an id, or its place below the nearest one.
const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
function placeOf(element, region) {
  const home = element.id ? element : element.closest("[id]");
  const within = home && region.contains(home) ? home : region;
  return { id: within === region ? "" : within.id, nth: within === element ? -1 : [...within.querySelectorAll(FOCUSABLE)].indexOf(element) };
}

function elementAt(place, region) {
  const within = place.id ? document.getElementById(place.id) : region;
  return place.nth < 0 ? within : within?.querySelectorAll(FOCUSABLE)[place.nth];
}

export function replace(region, fresh) {
  const focused = region.contains(document.activeElement) ? placeOf(document.activeElement, region) : null;
  const open = [...region.querySelectorAll("details")].map((one) => one.open);
  const scrolled = [...region.querySelectorAll(".table-scroll")].map((one) => one.scrollLeft);
  region.replaceChildren(...document.importNode(fresh, true).childNodes);
  region.querySelectorAll("details").forEach((one, at) => { one.open ||= open[at] ?? false; });
  region.querySelectorAll(".table-scroll").forEach((one, at) => { one.scrollLeft = scrolled[at] ?? 0; });
  if (!focused) return;
  const again = elementAt(focused, region);
  if (!again) region.tabIndex = -1;
  (again ?? region).focus({ preventScroll: true });
}
