// Between her pages and the line. It keeps how pages look, and one page with numbers to call that is the same for
// everybody; never a page of hers, nor a number of her program's: that would grow old here, and outlive her sign-in.
const KEPT = [
/* kept */
];
const SHELF = `look-${KEPT.join("|").length}-${KEPT.join("").replace(/\D/g, "").slice(0, 60)}`;

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

// A notice: the program's neutral name and a neutral sentence, as our machine wrote them.
self.addEventListener("push", (event) => {
  const { title, body, lang, tag } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body, lang, tag, icon: "/static/icon-192.png" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((windows) => {
      const open = windows.find((each) => new URL(each.url).pathname.startsWith("/me/"));
      return open ? open.focus() : self.clients.openWindow("/me/");
    }),
  );
});
