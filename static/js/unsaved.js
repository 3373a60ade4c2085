// Warns before a page with changed settings is left. data-unsaved="changed": the form came back, nothing was saved.
// A button with data-busy says so while the answer takes its time.
for (const form of document.querySelectorAll("form[data-unsaved]")) {
  let changed = form.dataset.unsaved === "changed";
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", (event) => {
    changed = false;
    const button = event.submitter;
    if (!button || !button.dataset.busy) return;
    const words = button.textContent;
    button.textContent = button.dataset.busy;
    button.setAttribute("aria-busy", "true");
    addEventListener("pageshow", () => { button.textContent = words; button.removeAttribute("aria-busy"); });
  });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}
