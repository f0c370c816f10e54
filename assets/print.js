// A sheet that is to be printed has a button for it; a browser without a script has its own.
"use strict";
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
