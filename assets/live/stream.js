// What is new comes by itself: the live stream, and the page asked for again.
"use strict";
(() => {
  const { $, hear, refresh, say, unsaved } = party;

  const live = document.body.dataset.live;
  // The newest that was heard: a stream that is opened again begins there.
  let heard;
  let source, lastSign = 0, wait = 1000, reopening;

  const lost = (yes) => {
    const box = $("#lost");
    if (!box || box.hidden === !yes) return;
    box.hidden = !yes;
    if (yes) say(box.textContent);
  };

  const shut = () => {
    clearTimeout(reopening);
    if (source) source.close();
    source = undefined;
  };

  const open = () => {
    shut();
    lastSign = Date.now();
    const stream = source = new EventSource(heard ? live.replace(/heard=\d+/, "heard=" + heard) : live);
    const sign = (event) => { heard = event.lastEventId; lastSign = Date.now(); wait = 1000; lost(false); };
    stream.addEventListener("hello", sign);
    stream.addEventListener("beat", sign);
    stream.addEventListener("resync", async (event) => { sign(event); if (await refresh() === false) again(); });
    stream.addEventListener("unsaved", (event) => { sign(event); unsaved(JSON.parse(event.data).code); });
    stream.addEventListener("reload", () => location.reload());
    stream.addEventListener("change", (event) => { sign(event); hear(JSON.parse(event.data)); });
    stream.onerror = () => {
      lost(true);
      if (stream.readyState === EventSource.CLOSED) again();
    };
  };

  // Opened anew with a growing, jittered pause: 150 phones must not come back in the same instant.
  const again = () => {
    clearTimeout(reopening);
    reopening = setTimeout(async () => { if (!document.hidden) { open(); await refresh(); } }, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, 15000);
  };

  if (live) {
    // A browser has six connections for one address, and a stream takes one of them: a page nobody looks at lets go of its own, or
    // the seventh would never load. Whatever it missed it is told when it is looked at again.
    const look = () => {
      if (document.hidden) shut();
      else if (!source) { open(); refresh(["mine"]); }
    };
    if (!document.hidden) open();
    // Beats come every 15 s: a stream without any is dead, whatever it says.
    setInterval(() => { if (source && Date.now() - lastSign > 40000) { lastSign = Date.now(); lost(true); again(); } }, 5000);
    document.addEventListener("visibilitychange", look);
    addEventListener("online", () => { shut(); look(); });
    addEventListener("pageshow", (event) => { if (event.persisted) look(); });
    addEventListener("pagehide", shut);
  }

  // On a phone the pages do not all fit side by side: the current one shall be in sight.
  const current = $(".bar nav [aria-current]");
  if (current) current.parentElement.scrollLeft = current.offsetLeft - (current.parentElement.clientWidth - current.offsetWidth) / 2;

  Object.assign(party, { hears: () => !!source });
})();
