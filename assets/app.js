// What every page has: forms that answer in place, the live stream, local times. Pages work without it, only slower.
"use strict";
(() => {
  const $ = (pick, root = document) => root.querySelector(pick);
  const $$ = (pick, root = document) => [...root.querySelectorAll(pick)];

  // ---- small words to the person

  let toastTimer;
  const toast = (text, undo) => {
    const box = $("#toast");
    if (!box || !text) return;
    box.textContent = text;
    if (undo) {
      const button = document.createElement("button");
      button.textContent = "Undo";
      button.onclick = () => { box.hidden = true; undo(); };
      box.append(" ", button);
    }
    box.hidden = false;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => { box.hidden = true; }, undo ? 8000 : 4000);
  };

  const times = (root) => $$("time[datetime]", root).forEach((el) => {
    const at = new Date(el.dateTime);
    if (isNaN(at)) return;
    const today = at.toDateString() === new Date().toDateString();
    // The hour that comes twice when clocks are set back is told apart by its zone.
    const turns = [-36e5, 36e5].some((ms) => new Date(+at + ms).getTimezoneOffset() !== at.getTimezoneOffset());
    const clock = { hour: "2-digit", minute: "2-digit", ...(turns && { timeZoneName: "short" }) };
    el.textContent = at.toLocaleString([], today ? clock : { day: "numeric", month: "short", ...clock });
  });

  // How far the song is, going on from what the box said.
  setInterval(() => $$("progress[data-at]").forEach((bar) => {
    const at = bar.dataset.at;
    if (bar.known !== at) Object.assign(bar, { known: at, from: bar.value, since: performance.now() });
    bar.value = bar.from + performance.now() - bar.since;
  }), 1000);

  // Why nothing can be saved right now, where a banner says so.
  const banners = (page = document) => $$("[data-unsaved]", page);
  const unsaved = (code) => banners().forEach((box) => { box.hidden = box.dataset.unsaved !== code; });

  // Pages on plain HTTP have no crypto.randomUUID.
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

  // ---- forms

  const send = async (form) => {
    const alert = $("[role=alert]", form);
    const button = $("button[type=submit]", form);
    const say = (text) => { if (alert) { alert.textContent = text; alert.hidden = !text; } else toast(text); };
    if (form.dataset.busy) return; // a double tap
    form.dataset.busy = "1";
    if (form.dataset.search) stopSearch();
    // Another wish than the one whose answer never came is another wish.
    const { key, title, artist, track_uri: uri } = form.elements;
    const asked = key && [title.value, artist.value, uri.value].join("\n");
    if (key && form.asked !== undefined && form.asked !== asked) key.value = newKey();
    form.asked = asked;
    const part = form.closest("[data-part]")?.dataset.part; // by the time of the answer its row may be gone
    if (button) button.setAttribute("aria-disabled", "true");
    if (alert) alert.hidden = true;
    const body = new URLSearchParams(new FormData(form));
    if (form.dataset.vote && $("button", form).getAttribute("aria-pressed") === "true") {
      body.set("_method", "DELETE");
    }
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), 20000); // out of Wi-Fi nothing else would end it for minutes
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, signal: limit.signal });
      const data = answer.status === 204 ? {} : await answer.json();
      const code = data.error && data.error.code;
      if (answer.ok || banners().some((box) => box.dataset.unsaved === code)) unsaved(code);
      if (answer.ok) done(form, data, part);
      else if (answer.status === 410) location.reload();
      else say(data.error ? data.error.message : "That did not work.");
    } catch {
      say("The box did not answer. Are you still on its Wi-Fi? Nothing is lost: try again.");
    } finally {
      clearTimeout(timer);
      delete form.dataset.busy;
      if (button) button.removeAttribute("aria-disabled");
    }
  };

  const done = (form, data, part) => {
    if (form.dataset.then === "reload") return void location.reload();
    if (form.dataset.next) return void location.assign(form.dataset.next);
    const said = (data.merged && form.dataset.saidMerged) || form.dataset.said;
    const back = form.dataset.act === "reject" && !document.body.classList.contains("helper");
    const acts = part === "line" ? ["retry", "approve"] : ["retry"];
    toast(said, back && (() => takeBack(form.action, acts)));
    const key = form.elements.key;
    if (key) {
      key.value = newKey();
      for (const name of ["title", "artist", "note", "track_uri"]) if (form.elements[name]) form.elements[name].value = "";
    } else if (form.dataset.then === "reset") {
      form.reset();
      if (form.elements.track_uri) form.elements.track_uri.value = "";
    }
    if (form.dataset.search) $(".hits", form).hidden = true;
    if (form.dataset.vote || part === "mine" || key) refresh(["mine"]);
    if (!source) refresh();
  };

  // Undoes a rejection: back to the wishes that wait, and from there in line where it was.
  const takeBack = async (rejected, acts) => {
    const wish = { method: "POST", headers: { Accept: "application/json" } };
    try {
      for (const act of acts) {
        const answer = await fetch(rejected.replace(/reject$/, act), wish);
        if (!answer.ok) return void toast((await answer.json()).error.message);
      }
      if (!source) refresh();
    } catch {
      toast("The box did not answer; it stays rejected.");
    }
  };

  // A form that leads to a page of its own is sent once, however often it is tapped until that page is there.
  const once = (event, form) => {
    if (form.method !== "post") return;
    if (form.dataset.busy) return void event.preventDefault();
    form.dataset.busy = "1";
    setTimeout(() => { delete form.dataset.busy; }, 10000);
  };
  addEventListener("pageshow", () => $$("form[data-busy]").forEach((form) => { delete form.dataset.busy; }));

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-send]")) return void once(event, form);
    event.preventDefault();
    if (form.dataset.act === "reject") form.dataset.said = "Rejected.";
    send(form);
  });

  // ---- songs found while typing; one tap asks for one

  let searching, asking;
  const stopSearch = () => { clearTimeout(searching); if (asking) asking.abort(); asking = undefined; };
  const length = (ms) => Math.floor(ms / 60000) + ":" + String(Math.round(ms / 1000) % 60).padStart(2, "0");
  const part = (tag, name, text = "") => Object.assign(document.createElement(tag), { className: name, textContent: text });

  const hitRow = (form, track) => {
    const button = part("button", "quiet");
    button.type = "button";
    const cover = part("span", "cover");
    if (track.art) cover.append(Object.assign(new Image(), { src: track.art, alt: "" }));
    const song = part("span", "song");
    const artists = track.artists.join(", ");
    song.append(part("span", "title", track.title), part("span", "artist", artists));
    for (const line of song.children) line.dir = "auto";
    const marks = [track.explicit && "E ·", track.duration_ms && length(track.duration_ms)].filter(Boolean).join(" ");
    button.append(cover, song, part("small", "", marks));
    button.onclick = () => {
      form.elements.title.value = track.title;
      form.elements.artist.value = artists;
      form.elements.track_uri.value = track.uri || "";
      $(".hits", form).hidden = true;
      form.requestSubmit();
    };
    const item = part("li", "");
    item.append(button);
    return item;
  };

  const search = async (form, words) => {
    const hits = $(".hits", form);
    const mine = asking = new AbortController();
    try {
      const answer = await fetch(form.dataset.search + encodeURIComponent(words), { headers: { Accept: "application/json" }, signal: mine.signal });
      const { tracks = [] } = answer.ok ? await answer.json() : {};
      if (mine !== asking || document.activeElement !== form.elements.title) return; // sent, typed on, or elsewhere by now
      hits.replaceChildren(...tracks.slice(0, 6).map((track) => hitRow(form, track)));
      hits.hidden = !tracks.length;
    } catch { /* typing goes on without suggestions */ }
  };

  for (const form of $$("form[data-search]")) {
    const { title, artist, track_uri: uri } = form.elements;
    artist.addEventListener("input", () => { uri.value = ""; });
    title.addEventListener("input", () => {
      stopSearch();
      uri.value = "";
      $(".hits", form).hidden = true;
      const words = title.value.trim();
      if (words.length > 2 || /[^\0-\u08ff]|\d/.test(words)) searching = setTimeout(search, 450, form, words);
    });
  }

  // ---- live

  const live = document.body.dataset.live;
  let source, lastSign = 0, wait = 1000, reopening;

  // How something to press is known again in new content.
  const mark = (el) => [el.tagName, el.name, el.form ? el.form.action : el.getAttribute("aria-label") || el.textContent].join("\n");
  const handles = (root) => $$("a, button, input, select, summary", root);

  // What is new takes the place of what was, and what did not change is not touched: taken out and put back, even for a moment, it
  // would lose the focus, and the page, shorter meanwhile, its place.
  const settle = (parent, fresh) => {
    const rows = new Map([...parent.children].filter((row) => row.dataset.id).map((row) => [row.dataset.id, row]));
    const next = [...fresh.childNodes].map((node) => kept(parent, rows, node));
    for (const node of [...parent.childNodes]) if (!next.includes(node)) node.remove();
    next.forEach((node, at) => { if (parent.childNodes[at] !== node) parent.insertBefore(node, parent.childNodes[at] || null); });
  };
  const kept = (parent, rows, node) => {
    const id = node.dataset && node.dataset.id;
    if (id) {
      const html = node.outerHTML;
      if (rows.has(id) && rows.get(id).dataset.html === html) return rows.get(id);
      node.dataset.html = html;
      return node;
    }
    const same = [...parent.childNodes].find((one) => one.nodeName === node.nodeName && one.className === node.className && !(one.dataset && one.dataset.id));
    if (!same || !node.querySelector || !(node.querySelector("[data-id]") || same.querySelector("[data-id]"))) return node;
    for (const { name, value } of node.attributes) same.setAttribute(name, value);
    settle(same, node);
    return same;
  };

  // Where the rows in sight stand, to leave them there whatever comes or goes above them.
  const standing = () => {
    const rows = $$("[data-part] [data-id]").filter((row) => { const box = row.getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight; });
    const held = document.activeElement && document.activeElement.closest("[data-id]");
    return [...rows.filter((row) => row === held), ...rows].map((row) => ({ part: row.closest("[data-part]").dataset.part, id: row.dataset.id, top: row.getBoundingClientRect().top }));
  };
  let gap;
  const stand = (before) => {
    for (const { part, id, top } of before) {
      const row = $(`[data-part="${part}"] [data-id="${id}"]`);
      if (!row) continue;
      const moved = () => row.getBoundingClientRect().top - top;
      scrollBy({ top: moved(), behavior: "instant" });
      if (moved() < -1) leaveGap(row.parentElement, -moved()); // there is no more page above to scroll into
      return;
    }
  };
  const leaveGap = (list, height) => {
    list.style.paddingTop = parseFloat(list.style.paddingTop || 0) + height + "px";
    const close = () => {
      if (list.matches(":hover, :active")) gap = setTimeout(close, 1000);
      else list.style.paddingTop = "";
    };
    clearTimeout(gap);
    gap = setTimeout(close, 5000);
  };

  // New content, row by row; what was unfolded stays so, what had the focus keeps it.
  const swap = (part, fresh) => {
    const focus = document.activeElement && part.contains(document.activeElement) && document.activeElement;
    const within = focus && focus.closest("[data-id]");
    const at = focus && (within ? $$("[data-id]", part).indexOf(within) : handles(part).indexOf(focus));
    const open = $$("details[open] > summary", part).map(mark);
    const before = document.body.classList.contains("desk") ? standing() : [];
    settle(part, fresh);
    for (const summary of $$("details > summary", part)) if (open.includes(mark(summary))) summary.parentElement.open = true;
    refocus(part, focus, within, at);
    stand(before);
  };
  const refocus = (part, focus, within, at) => {
    if (!focus || document.activeElement === focus) return;
    const rows = $$("[data-id]", part);
    const row = within && rows.find((row) => row.dataset.id === within.dataset.id);
    const same = (root) => handles(root).find((el) => mark(el) === mark(focus));
    // A row that went leaves the focus to the one in its place.
    const again = within ? row && same(row) || row || rows[Math.min(at, rows.length - 1)] : same(part) || handles(part)[at];
    if (again) again.focus({ preventScroll: true });
  };

  const put = (name, html) => {
    const part = $(`[data-part="${name}"]`);
    if (!part || part.dataset.held) return;
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const raw = fresh.innerHTML;
    if (part.raw === raw) return;
    swap(part, document.importNode(fresh.content, true));
    part.raw = raw;
    dress(part);
  };

  // What only this page knows: its own time zone, its own votes.
  const dress = (root) => {
    times(root);
    const personal = $("#personal");
    if (personal) {
      const voted = new Set(personal.dataset.voted.split(" "));
      const own = new Set($$("[data-part=mine] [data-id]:not([data-joined])").map((row) => row.dataset.id));
      for (const form of $$("form[data-vote]")) {
        const button = $("button", form);
        button.setAttribute("aria-pressed", voted.has(form.dataset.vote));
        button.disabled = own.has(form.dataset.vote);
      }
    }
    document.dispatchEvent(new CustomEvent("dressed", { detail: root }));
  };

  // The page as the box has it now; only the named parts, or all.
  const refresh = async (names) => {
    try {
      const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
      // The box, or the proxy before it, has a bad moment: what the page shows is better than that.
      if (answer.status >= 500 || answer.status === 429) return false;
      if (!answer.ok) return void (names || location.reload());
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!names && page.body.className !== document.body.className) return void location.reload();
      unsaved(banners(page).find((box) => !box.hidden)?.dataset.unsaved);
      for (const part of $$("[data-part]", page)) {
        if (!names || names.includes(part.dataset.part)) put(part.dataset.part, part.innerHTML);
      }
      return true;
    } catch {
      return false; // away; the stream comes back first
    }
  };

  const lost = (yes) => { const box = $("#lost"); if (box) box.hidden = !yes; };

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
    stream.addEventListener("reload", () => location.reload());
    stream.addEventListener("change", (event) => {
      sign();
      const { parts, touched } = JSON.parse(event.data);
      for (const [name, html] of Object.entries(parts)) put(name, html);
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

  // ---- the end of a sign-in, told a quarter of an hour before

  const ends = () => Number((document.cookie.match(/(?:^|; )session_ends=(\d+)/) || [])[1]) * 1000;
  const warn = () => {
    const left = ends() - Date.now();
    if (!document.body.classList.contains("desk") || !(left > 0 && left < 900000)) return;
    const box = $("#toast");
    box.textContent = "You will be signed out in " + Math.ceil(left / 60000) + " min. ";
    const button = document.createElement("button");
    button.textContent = "Stay signed in";
    button.onclick = async () => {
      const answer = await fetch("/api/me/renew", { method: "POST", headers: { Accept: "application/json" } }).catch(() => {});
      box.hidden = true;
      if (!answer || !answer.ok) toast("That did not work. Please sign in again soon.");
    };
    box.append(button);
    box.hidden = false;
  };
  setInterval(warn, 60000);
  warn();

  // On a phone the pages do not all fit side by side: the current one shall be in sight.
  const current = $(".bar nav [aria-current]");
  if (current) current.parentElement.scrollLeft = current.offsetLeft - (current.parentElement.clientWidth - current.offsetWidth) / 2;

  window.party = { put, refresh, send, toast };
  for (const part of $$("[data-part]")) {
    part.raw = part.innerHTML;
    for (const row of $$("[data-id]", part)) row.dataset.html = row.outerHTML;
  }
  dress(document);
})();
