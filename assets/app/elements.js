// How elements are found and made. What scripts have in common is in `party`.
"use strict";
(() => {
  const $ = (pick, root = document) => root.querySelector(pick);
  const $$ = (pick, root = document) => [...root.querySelectorAll(pick)];
  const part = (tag, name, text = "") => Object.assign(document.createElement(tag), { className: name, textContent: text });

  window.party = { $, $$, part };
})();
