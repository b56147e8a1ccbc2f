// The page goes away, or comes back out of the browser's memory: whoever is in the room, or waits for it, says so.
import { tellOnTheWayOut } from "./asking.js";

export function onParting(isThere, leave) {
  addEventListener("pagehide", () => {
    if (isThere()) tellOnTheWayOut("leave");
    leave();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
