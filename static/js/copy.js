// Copy buttons: shown only where scripts run; the value stays selectable without them.
for (const button of document.querySelectorAll("[data-copy]")) {
  const input = document.getElementById(button.dataset.copy);
  const words = button.querySelector("[aria-live]");
  const before = words.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
    } catch {
      return; // no permission: the text is selected, the person copies it himself
    }
    words.textContent = button.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 2000);
  });
}
