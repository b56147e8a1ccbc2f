// Between her pages and the line. It keeps how pages look, and one page with numbers to call; never a page of hers:
// what she is shown comes from the line, or not at all.
const KEPT = [
/* kept */
];
const SHELF = `shell-${KEPT.join("|").length}-${KEPT.join("").replace(/\D/g, "").slice(0, 60)}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(KEPT)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== SHELF).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(KEPT[0])));
    return;
  }
  const address = new URL(request.url);
  if (KEPT.includes(address.pathname + address.search)) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  }
});
