// A page that came back with errors: the summary of them takes focus, so that it is read first.
const summary = document.querySelector("[data-error-summary]");

if (summary) {
  document.title = `Error: ${document.title}`;
  summary.focus();
}

// A link in the summary goes to its field, with the question above it in sight.
summary?.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  (field.closest(".field") ?? field).scrollIntoView({ block: "start" });
  field.focus({ preventScroll: true });
});
