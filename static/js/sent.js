// A form is sent once, however often its button is pressed; what the portal did not take is filled in again.
// Passwords, files and hidden fields are never kept; the rest is in this tab only, until its next page.
// With it goes what was stored when the form was opened: what others saved meanwhile is told then, too.
const forms = [...document.querySelectorAll("main form")].filter((form) => form.getAttribute("method") === "post");
const person = document.body.dataset.person;
const AGAIN_AFTER_MS = 10000; // a file to download leaves the page standing
const KEY = "typed";

function fields(form) {
  return [...form.elements].filter((field) => field.name && !/^(hidden|password|file|submit|button|fieldset)$/.test(field.type));
}

function isChosen(field) {
  return field.type === "checkbox" || field.type === "radio";
}

function keep(form) {
  const values = fields(form).map((field) => [field.name, isChosen(field) ? field.checked : field.value]);
  const opened = form.elements.opened?.value;
  if (values.length) sessionStorage.setItem(KEY, JSON.stringify({ at: location.pathname, person, form: forms.indexOf(form), values, opened }));
}

function fillIn({ form, values, opened }) {
  const found = forms[form] ? fields(forms[form]) : [];
  if (found.length !== values.length || found.some((field, place) => field.name !== values[place][0])) return;
  found.forEach((field, place) => { field[isChosen(field) ? "checked" : "value"] = values[place][1]; });
  if (opened && forms[form].elements.opened) forms[form].elements.opened.value = opened;
  forms[form].prepend(document.getElementById("typed-again").content.cloneNode(true));
  forms[form].dispatchEvent(new Event("input", { bubbles: true }));
}

function takeUp() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");
  if (!kept) return;
  if (document.querySelector(".entrance")) { // signing in, or a page that says why the form was not taken
    sessionStorage.setItem(KEY, JSON.stringify({ ...kept, refused: true }));
    return;
  }
  sessionStorage.removeItem(KEY);
  if (kept.refused && kept.at === location.pathname && kept.person === person) fillIn(kept);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, AGAIN_AFTER_MS);
  if (person) keep(form);
});
addEventListener("pageshow", (event) => { if (event.persisted) for (const form of forms) delete form.dataset.sent; });
takeUp();
