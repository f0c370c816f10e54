// A wish as it is typed: its words, and the key by which the box knows it when it is sent again.
"use strict";
(() => {
  // Pages on plain HTTP have no crypto.randomUUID.
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

  const WORDS = ["title", "artist", "note", "track_uri", "words"];
  const typed = (form) => JSON.stringify(WORDS.map((name) => form.elements[name]?.value));

  Object.assign(party, { newKey, typed, WORDS });
})();
