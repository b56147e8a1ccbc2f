// A phone that shows another time than the page tells (<p data-elsewhere="America/New_York" data-at="...">): she may be
// away from home. The words that say so come up.
function clockIn(zone, at) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(at);
}

function tell() {
  for (const words of document.querySelectorAll("[data-elsewhere]")) {
    const { elsewhere, at } = words.dataset;
    words.hidden = clockIn(elsewhere, new Date(at)) === clockIn(undefined, new Date(at));
  }
}

document.addEventListener("ways:shown", tell);
tell();
