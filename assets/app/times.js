// Times as they go by: moments in the reader's own zone, waits to the second, how far the song is.
"use strict";
(() => {
  const { $$, part } = party;

  const times = (root) => $$("time[datetime]", root).forEach((el) => {
    const at = new Date(el.dateTime);
    if (isNaN(at)) return;
    const today = at.toDateString() === new Date().toDateString();
    // The hour that comes twice when clocks are set back is told apart by its zone.
    const turns = [-36e5, 36e5].some((ms) => new Date(+at + ms).getTimezoneOffset() !== at.getTimezoneOffset());
    const clock = { hour: "2-digit", minute: "2-digit", ...(turns && { timeZoneName: "short" }) };
    el.textContent = at.toLocaleString([], today ? clock : { day: "numeric", month: "short", ...clock });
  });

  // A sentence of the box that says how long to wait says so to the second, and goes when the wait is over. Only the sentence
  // itself is read out, once.
  const SPAN = /\d+ (?:second|minute|hour)s|a second/;
  const span = (s) => s < 2 ? "a second" : s <= 90 ? s + " seconds" : s <= 7140 ? Math.ceil(s / 60) + " minutes" : Math.ceil(s / 3600) + " hours";
  const waits = new Map();
  let ticking;
  const tick = () => {
    clearTimeout(ticking);
    for (const [line, { timer, until }] of waits) {
      const left = Math.ceil((until - Date.now()) / 1000);
      if (left > 0 && timer.parentElement === line) { timer.textContent = span(left); continue; }
      waits.delete(line);
      if (timer.parentElement === line) Object.assign(line, { hidden: true, textContent: "" });
    }
    if (waits.size && !document.hidden) ticking = setTimeout(tick, 1000);
  };
  const tell = (line, text, answer) => {
    line.textContent = text;
    const seconds = answer && Number(answer.headers.get("Retry-After")), [said] = text.match(SPAN) || [];
    if (!seconds || !said) return;
    const timer = Object.assign(part("span", "", said), { role: "timer" });
    const at = text.indexOf(said);
    line.replaceChildren(text.slice(0, at), timer, text.slice(at + said.length));
    waits.set(line, { timer, until: Date.now() + seconds * 1000 });
    tick();
  };
  document.addEventListener("visibilitychange", tick);

  // How far the song is, going on from what the box said.
  setInterval(() => $$("progress[data-at]").forEach((bar) => {
    const at = bar.dataset.at;
    if (bar.known !== at) Object.assign(bar, { known: at, from: bar.value, since: Date.now() }); // which goes on while a phone sleeps
    bar.value = bar.from + Date.now() - bar.since;
  }), 1000);

  Object.assign(party, { tell, times });
})();
