// What is there without a line: the worker is asked for once the page stands.
if ("serviceWorker" in navigator) {
  addEventListener("load", () => {
    navigator.serviceWorker.register("/me/worker.js", { scope: "/me/" }).catch(() => {});
  });
}
