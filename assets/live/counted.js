// What a page counts by itself: places, waits, votes and why, in the words that the box has put on it.
"use strict";
(() => {
  const { $, $$, say } = party;

  const words = $("#words")?.dataset || {};
  const fill = (text, what) => text.replace("{}", what);

  const minutes = (ms) => {
    const whole = Math.floor((ms + 30000) / 60000);
    return whole <= 1 ? words.minute : whole <= 90 ? fill(words.minutes, whole) : fill(words.hours, Math.floor((whole + 30) / 60));
  };
  const wait = (ms) => ms < 90000 ? words.soon : fill(words.about, minutes(ms));

  // How much is left of what plays; nothing where nothing does.
  const left = () => {
    const song = $("[data-part=now] [data-plays]");
    if (!song) return null;
    const bar = $("progress", song);
    return bar ? Math.max(0, bar.max - bar.value) : Number(words.song);
  };

  const why = (place, votes, placed, rule) => {
    if (place < 3) return place === 1 ? words.next : words.then;
    if (placed) return words.placed;
    return rule === "votes" ? (votes === 1 ? words.vote : fill(words.votes, votes)) : words[rule] || "";
  };

  const write = (slot, text) => { if (slot.textContent !== text) slot.textContent = text; };
  const slots = (row) => row.slots ||= $$("[data-slot]", row);

  // A row's votes, the second of its facts, and what else is said of it.
  const facts = (row) => {
    const [votes, ms, flags = ""] = (row.dataset.facts || "0,").split(",");
    return { votes: Number(votes), ms, promised: flags.includes("r"), placed: flags.includes("p") };
  };

  // Each list by its kind; answers where each song in line stands.
  const count = () => {
    const rest = left(), stands = new Map();
    for (const list of $$("[data-rows]")) {
      const kind = list.dataset.rows;
      let before = 0;
      [...list.children].forEach((row, at) => {
        if (!row.dataset.facts) return;
        const { votes, ms, promised, placed } = facts(row);
        const place = at + 1, here = kind === "line" && promised;
        const waits = rest === null ? null : rest + (kind === "screen" ? Number(ms) : before);
        const up = votes > 0 ? "▲ " + votes : "";
        const told = here ? [why(place, votes, placed, list.dataset.why), waits === null ? "" : wait(waits)].filter(Boolean) : [];
        const said = {
          place: here ? String(place) : "–", votes: String(votes), up, told: told.join(" · "),
          more: [up, ...told].filter(Boolean).map((one) => " · " + one).join(""), wait: waits === null ? "" : minutes(waits),
        };
        for (const slot of slots(row)) write(slot, said[slot.dataset.slot]);
        if (here) stands.set(row.dataset.id, { place, waits });
        before += ms === "" ? Number(words.song) : Number(ms);
      });
    }
    own(stands);
  };

  // One's own wishes stand where the line has them. Those behind what is shown are asked for again.
  let far = false;
  const own = (stands) => {
    far = false;
    for (const row of $$("[data-part=mine] [data-id]")) {
      const slot = $("[data-slot=fate]", row), at = slot && stands.get(row.dataset.id);
      if (!at) { far ||= !!slot; continue; }
      write(slot, at.place === 1 ? words.yours : fill(words.place, at.place) + (at.waits === null ? "" : ", " + wait(at.waits)));
      const news = $(".title", row).textContent + ": " + (at.place === 1 ? words.yours : words.line);
      if (row.dataset.news === news) continue;
      row.dataset.news = news;
      say(news);
    }
  };

  setInterval(() => { if (!document.hidden) count(); }, 10000);

  // A number by which a list is known, rows and facts in their order.
  const sum = (list) => {
    let sum = 2166136261;
    for (const row of list.children) {
      const text = row.dataset.id + " " + (row.dataset.facts || "") + "\n";
      for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 16777619);
    }
    return sum >>> 0;
  };

  Object.assign(party, { count, isFar: () => far, sum });
})();
