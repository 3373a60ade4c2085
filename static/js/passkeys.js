/* Shows what needs passkeys where the browser has them; says so when none was used. allauth's scripts do the rest. */
(function () {
  "use strict";
  document.addEventListener("DOMContentLoaded", function () {
    var has = Boolean(window.PublicKeyCredential);
    document.querySelectorAll("[data-passkeys]").forEach(function (part) {
      part.hidden = (part.dataset.passkeys === "without") === has;
    });
  });
  document.addEventListener("allauth.error", function (event) {
    event.preventDefault();
    document.querySelectorAll("[data-passkey-error]").forEach(function (words) {
      words.hidden = false;
    });
  });
})();
