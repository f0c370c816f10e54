// A wish that is half typed stays with the tab, whatever page is looked at meanwhile, until it is sent or the event is another.
"use strict";
(() => {
  const form = document.querySelector("form[data-draft]");
  const name = "wish " + form.dataset.draft;
  const fields = form.elements;
  const TYPED = ["title", "artist", "nickname", "note"];

  // Where nothing may be kept, there is nothing to find.
  const keep = () => {
    try {
      const is = TYPED.some((field) => fields[field].value !== fields[field].defaultValue);
      if (!is) return sessionStorage.removeItem(name);
      const values = [...TYPED, "track_uri", "key"].map((field) => [field, fields[field].value]);
      // Sent again for want of an answer it is the same wish.
      sessionStorage.setItem(name, JSON.stringify({ values, asked: form.asked }));
    } catch { /* it is lost, as it would be without this page's script */ }
  };
  const kept = () => { try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; } };

  const found = kept();
  if (found) {
    for (const [field, value] of found.values) fields[field].value = value;
    form.asked = found.asked;
    if (fields.nickname.value || fields.note.value) form.querySelector("details").open = true;
  }
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
})();
