// Turns a <textarea data-editor> into an editor with buttons. The textarea stays what is sent, and is all there
// is without scripts. Only the small part of HTML that the portal keeps ever gets into the page or the textarea.
const SAME = new Set(["B", "STRONG", "I", "EM", "U", "P", "H3", "UL", "OL", "LI", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD"]);
const OTHER = { DIV: "p", H1: "h3", H2: "h3", H4: "h3", H5: "h3", H6: "h3" };
const BLOCK = /^(P|DIV|H[1-6]|UL|OL|TABLE)$/;
const SILENT = new Set(["SCRIPT", "STYLE", "TITLE", "TEMPLATE", "HEAD", "NOSCRIPT", "IFRAME", "OBJECT", "SVG"]);

function escaped(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

function inside(parent) {
  return [...parent.childNodes].map(written).join("");
}

function written(node) {
  if (node.nodeType === Node.TEXT_NODE) return escaped(node.data);
  const name = node.nodeName.toUpperCase();
  if (node.nodeType !== Node.ELEMENT_NODE || SILENT.has(name)) return "";
  if (name === "BR") return "<br>";
  const inner = inside(node);
  if (name === "A") {
    const href = node.getAttribute("href") || "";
    return /^(https:\/\/|mailto:)\S+$/.test(href) ? `<a href="${escaped(href)}">${inner}</a>` : inner;
  }
  const tag = OTHER[name] || (SAME.has(name) ? name.toLowerCase() : "");
  if (tag !== "p" && tag !== "h3") return tag ? `<${tag}>${inner}</${tag}>` : inner;
  if ([...node.children].some((child) => BLOCK.test(child.nodeName))) return paragraphs(node);
  const line = inner.replace(/(<br>\s*)+$/, "");
  return line.trim() ? `<${tag}>${line}</${tag}>\n` : "";
}

// The content of a whole editor or page: words that stand in no paragraph get one.
function paragraphs(parent) {
  let result = "", loose = "";
  const close = () => {
    if (loose.replace(/<br>/g, "").trim()) result += `<p>${loose.trim()}</p>\n`;
    loose = "";
  };
  for (const node of parent.childNodes) {
    if (BLOCK.test(node.nodeName)) { close(); result += written(node); } else loose += written(node);
  }
  close();
  return result;
}

// What comes from elsewhere, as far as it is kept. The browser would report each style it blocks, so they go first.
function read(html) {
  const bare = html.replace(/<[^>]*>/g, (tag) => tag.replace(/\s(style|on\w+)\s*=\s*("[^"]*"|'[^']*')/gi, ""));
  return paragraphs(new DOMParser().parseFromString(bare, "text/html").body);
}

function build(source) {
  const editor = document.createElement("div");
  const tools = document.getElementById("editor-tools").content.firstElementChild.cloneNode(true);
  const label = document.querySelector(`label[for="${source.id}"]`);
  let range = null;

  editor.className = "editor";
  editor.contentEditable = "true";
  editor.id = source.id;
  source.id += "_source";
  label.id = `${editor.id}_label`;
  label.addEventListener("click", (event) => { event.preventDefault(); editor.focus(); });
  const attributes = { role: "textbox", "aria-multiline": "true", "aria-labelledby": label.id };
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (source.hasAttribute(name)) attributes[name] = source.getAttribute(name);
  }
  for (const [name, value] of Object.entries(attributes)) editor.setAttribute(name, value);
  editor.innerHTML = read(source.value) || "<p><br></p>";
  source.hidden = true;
  source.before(tools, editor);
  document.execCommand("defaultParagraphSeparator", false, "p");

  const mirror = () => { source.value = paragraphs(editor).trim(); };
  const run = (command, value) => document.execCommand(command, false, value);
  const isHeading = () => document.queryCommandValue("formatBlock") === "h3";

  function askForLink(question) {
    const chosen = document.getSelection().anchorNode;
    const old = chosen && chosen.parentElement.closest("a");
    const typed = window.prompt(question, old ? old.getAttribute("href") : "https://");
    if (typed === null) return;
    const address = /^[^\s@:/]+@[^\s@:/]+$/.test(typed.trim()) ? `mailto:${typed.trim()}` : typed.trim();
    range = null;
    if (/^(https:\/\/|mailto:)\S+$/.test(address)) run("createLink", address);
    else if (address === "" || address === "https://") run("unlink");
  }

  function showState() {
    for (const button of tools.querySelectorAll("[aria-pressed]")) {
      const { command } = button.dataset;
      const isOn = command === "heading" ? isHeading() : document.queryCommandState(command);
      button.setAttribute("aria-pressed", String(isOn));
    }
  }

  tools.addEventListener("mousedown", (event) => event.preventDefault()); // the words stay chosen
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("[data-command]");
    if (!button) return;
    const { command, question } = button.dataset;
    const kept = range;
    editor.focus();
    if (kept && !editor.contains(document.getSelection().anchorNode)) { document.getSelection().removeAllRanges(); document.getSelection().addRange(kept); }
    if (command === "link") askForLink(question);
    else if (command === "heading") run("formatBlock", isHeading() ? "p" : "h3");
    else run(command);
    mirror();
    showState();
  });
  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    if (!selection.rangeCount || !editor.contains(selection.anchorNode)) return;
    range = selection.getRangeAt(0).cloneRange();
    showState();
  });
  editor.addEventListener("paste", (event) => {
    const html = event.clipboardData.getData("text/html");
    if (!html) return; // plain text: the browser puts it in itself
    event.preventDefault();
    run("insertHTML", read(html));
  });
  editor.addEventListener("input", mirror);
  source.form.addEventListener("submit", mirror);
}

for (const source of document.querySelectorAll("textarea[data-editor]")) build(source);
