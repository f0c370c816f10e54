// What is new comes by itself: the live stream, and the page asked for again.
"use strict";
(() => {
  const { $, $$, banners, put, say, unsaved } = party;

  const live = document.body.dataset.live;
  let source, lastSign = 0, wait = 1000, reopening;

  // The page as the box has it now; only the named parts, or all.
  const refresh = async (names) => {
    try {
      const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const why = banners(page).find((box) => !box.hidden)?.dataset.unsaved;
      if (answer.ok || why) unsaved(why);
      // The box, or the proxy before it, has a bad moment: what the page shows is better than that.
      if (answer.status >= 500 || answer.status === 429) return false;
      if (!answer.ok) return void (names || location.reload());
      if (!names && page.body.className !== document.body.className) return void location.reload();
      const parts = $$("[data-part]", page).filter((part) => !names || names.includes(part.dataset.part));
      say(...parts.flatMap((part) => put(part.dataset.part, part.innerHTML)));
      return true;
    } catch {
      return false; // away; the stream comes back first
    }
  };

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
    const stream = source = new EventSource(live);
    const sign = () => { lastSign = Date.now(); wait = 1000; lost(false); };
    stream.addEventListener("hello", sign);
    stream.addEventListener("beat", sign);
    stream.addEventListener("resync", async () => { sign(); if (await refresh() === false) again(); });
    stream.addEventListener("unsaved", (event) => { sign(); unsaved(JSON.parse(event.data).code); });
    stream.addEventListener("reload", () => location.reload());
    stream.addEventListener("change", (event) => {
      sign();
      const { parts, touched } = JSON.parse(event.data);
      say(...Object.entries(parts).flatMap(([name, html]) => put(name, html)));
      const own = new Set($$("[data-part=mine] [data-id]").map((row) => row.dataset.id));
      if (touched.some((id) => own.has(id))) refresh(["mine"]);
    });
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
    // the seventh would never load. Whatever it missed it asks for when it is looked at again.
    const look = () => {
      if (document.hidden) shut();
      else if (!source) { open(); refresh(); }
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

  Object.assign(party, { hears: () => !!source, refresh });
})();
