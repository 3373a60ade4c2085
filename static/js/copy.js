// Copy buttons: shown only where scripts run; the value stays selectable without them.
for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy); // a field, or a block of text
  const words = button.querySelector("[aria-live]");
  const before = words.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent);
    } catch {
      return; // no permission: the text is selected, the person copies it himself
    }
    words.textContent = button.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 2000);
  });
}
