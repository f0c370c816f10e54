// What is said to a person: read out, shown for a moment, or standing in a banner.
"use strict";
(() => {
  const { $, $$, part } = party;

  // One hidden line is read out. A list that were read out with each change of it would be no news.
  let saidAt = -Infinity;
  const say = (...news) => {
    const line = $("#said");
    if (!line || !news.length) return;
    const text = news.length > 3 ? news.length + " changes." : news.map((one) => /[.!?]$/.test(one) ? one : one + ".").join(" ");
    // What follows at once belongs to it.
    line.textContent = performance.now() - saidAt < 500 ? line.textContent + " " + text : text;
    saidAt = performance.now();
  };

  // What was said lately, the newest first. Each act has its own way back, of three at once the last ones: the others' is in
  // the menu of the song. What is said without one is old with the next, as is what was said `about` the same thing.
  const note = (text, about, label, act) => {
    const box = $("#toast");
    const line = part("p", "toast");
    line.append(part("span", "", text));
    const leave = () => { line.remove(); box.hidden = !box.childElementCount; };
    for (const old of [...box.children]) if (!old.about || old.about === about) old.leave();
    Object.assign(line, { about, leave });
    if (act) line.append(" ", Object.assign(part("button", "", label), { onclick: () => { leave(); act(); } }));
    box.prepend(line);
    box.hidden = false;
    for (const old of [...box.children].filter((one) => one.about).slice(3)) old.leave();
    return line;
  };
  const toast = (text, about, undo) => {
    if (!text) return;
    // As long as it takes to read.
    setTimeout(note(text, about, "Undo", undo).leave, Math.max(undo ? 8000 : 4000, text.length * 70));
    say(text);
  };

  // Why nothing can be saved right now, where a banner says so.
  const banners = (page = document) => $$("[data-unsaved]", page);
  const unsaved = (code) => banners().forEach((box) => { box.hidden = box.dataset.unsaved !== code; });

  Object.assign(party, { banners, note, say, toast, unsaved });
})();
