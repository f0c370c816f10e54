// What every page has: forms that answer in place, songs found while typing, local times. Pages work without it, only slower.
"use strict";
(() => {
  const $ = (pick, root = document) => root.querySelector(pick);
  const $$ = (pick, root = document) => [...root.querySelectorAll(pick)];

  // ---- small words to the person

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
  const part = (tag, name, text = "") => Object.assign(document.createElement(tag), { className: name, textContent: text });
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
    if (bar.known !== at) Object.assign(bar, { known: at, from: bar.value, since: performance.now() });
    bar.value = bar.from + performance.now() - bar.since;
  }), 1000);

  // Why nothing can be saved right now, where a banner says so.
  const banners = (page = document) => $$("[data-unsaved]", page);
  const unsaved = (code) => banners().forEach((box) => { box.hidden = box.dataset.unsaved !== code; });

  // Pages on plain HTTP have no crypto.randomUUID.
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

  // ---- forms

  const WORDS = ["title", "artist", "note", "track_uri", "words"];
  const typed = (form) => JSON.stringify(WORDS.map((name) => form.elements[name]?.value));

  const send = async (form) => {
    const alert = $("[role=alert]", form);
    const button = $("button[type=submit]", form);
    const say = (text, answer) => {
      if (!alert) return void toast(text);
      tell(alert, text, answer);
      alert.hidden = !text;
      alert.scrollIntoView({ block: "nearest" }); // the button may be a screen below
    };
    // A double tap is one; other words are another wish.
    const sent = typed(form);
    if (form.dataset.busy) return void (form.sent === sent || say("One moment: what was sent before is on its way. Then send this."));
    Object.assign(form, { sent }).dataset.busy = "1";
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
    const sure = form.closest(".sure"); // asked anew before the next time
    if (sure) { sure.open = false; sure.firstElementChild.focus(); }
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
      else if (answer.status === 410 && !$("body.desk")) location.reload(); // a DJ goes on, and keeps their words
      else say(data.error ? data.error.message : "That did not work.", answer);
    } catch {
      say("The box did not answer. Are you still on its Wi-Fi? Nothing is lost: try again.");
    } finally {
      clearTimeout(timer);
      delete form.dataset.busy;
      if (button) button.removeAttribute("aria-disabled");
    }
  };

  // What was done to a long title is more to the point than all of it.
  const short = (title) => { const letters = [...title]; return letters.length > 40 ? letters.slice(0, 39).join("").trimEnd() + "…" : title; };

  // What is said of an act on a wish, which can be taken back.
  const ACTS = {
    approve: ({ position }) => position ? "approved, number " + position + " in line." : "approved.",
    reject: () => "rejected.",
    playing: () => "plays now.",
    played: () => "is over.",
    retry: ({ position }) => position ? "is back, number " + position + " in line." : "waits again.",
    "play-next": () => "plays next.",
    match: ({ match }) => ({ matched: "is the one.", by_hand: "is played by hand." })[match.state],
  };

  const done = (form, data, part) => {
    if (form.dataset.then === "reload") return void location.reload();
    if (form.dataset.next) return void location.assign(form.dataset.next + (data.turned_down ? "&turned_down=" + data.turned_down : ""));
    const deed = !form.elements.words && ACTS[(form.action.match(/\/requests\/[^/]+\/([a-z-]+)$/) || [])[1]]?.(data.request);
    const wish = form.action.replace(/[^/]+$/, "");
    if (deed) toast("“" + short(data.request.title) + "” " + deed, wish, () => takeBack(wish + "undo?of=" + data.request.version));
    else if (data.cleared) toast(data.cleared + " wishes cleared.", form.action, () => takeBack(form.action.replace(/clear$/, "undo?of=") + data.version));
    else toast((data.merged && (data.own && form.dataset.saidOwn || form.dataset.saidMerged)) || form.dataset.said);
    const key = form.elements.key;
    if (key) {
      key.value = newKey();
      if (form.sent === typed(form)) for (const name of WORDS) if (form.elements[name]) form.elements[name].value = "";
    } else if (form.dataset.then === "reset") {
      // News that was here before the answer has brought another form in its place, with what was typed.
      const same = (one) => one.action === form.action && form.sent === typed(one);
      const here = form.isConnected ? form : $$("form[data-then=reset]").find(same);
      if (here && same(here)) {
        here.reset();
        if (here.elements.track_uri) here.elements.track_uri.value = "";
      }
    }
    if (form.dataset.search) $(".hits", form).hidden = true;
    if (form.dataset.vote || part === "mine" || key) party.refresh(["mine"]);
    if (!party.hears()) party.refresh();
  };

  // Undoes an act on a wish, or on all that waited: they are again what they were, where they were.
  const takeBack = async (address) => {
    try {
      const answer = await fetch(address, { method: "POST", headers: { Accept: "application/json" } });
      const { request, back, error } = await answer.json();
      const done = () => request ? "Taken back. “" + short(request.title) + "” is as it was." : "Taken back: " + back + " wishes wait again.";
      toast(error ? error.message : done());
      if (!party.hears()) party.refresh();
    } catch {
      toast("The box did not answer: nothing was taken back.");
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
    send(form);
  });

  // ---- songs found while typing; one tap asks for one

  let searching, settling, asking;
  const stopSearch = () => { clearTimeout(searching); clearTimeout(settling); if (asking) asking.abort(); asking = undefined; };
  const length = (ms) => Math.floor(ms / 60000) + ":" + String(Math.round(ms / 1000) % 60).padStart(2, "0");

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

  // In the middle of a word only the box itself is asked; Spotify once the word is finished, or nobody has typed on for a moment.
  const LINK = /\w[./:%]\w\S*[/%]\w|spotify:/i;
  const search = async (form, field, words, typing) => {
    const hits = $(".hits", form);
    const mine = asking = new AbortController();
    try {
      const answer = await fetch(form.dataset.search + encodeURIComponent(words) + "&typing=" + Number(typing), { headers: { Accept: "application/json" }, signal: mine.signal });
      // What cannot be looked for, as a link to an album, is said in the place of what was found.
      const { tracks = [], error } = answer.ok || answer.status === 422 ? await answer.json() : {};
      if (mine !== asking || document.activeElement !== field) return; // sent, typed on, or elsewhere by now
      hits.replaceChildren(...tracks.slice(0, 6).map((track) => hitRow(form, track)));
      if (error) hits.append(part("li", "alert", error.message));
      const none = answer.ok && !tracks.length && !typing; // in the middle of a word nobody asked Spotify
      if (none) hits.append(part("li", "none", form.dataset.none));
      hits.hidden = !hits.childElementCount;
      if (error || none) say(hits.textContent);
      if (tracks.length) say(tracks.length === 1 ? "One song found." : hits.children.length + " songs found.");
    } catch { /* typing goes on without suggestions */ }
  };

  for (const form of $$("form[data-search]")) {
    const { title, artist, track_uri: uri } = form.elements;
    const typed = (event) => {
      const field = event.target;
      uri.value = "";
      if (field === artist && !LINK.test(field.value)) return;
      stopSearch();
      $(".hits", form).hidden = true;
      const words = field.value.trim();
      if (words.length < 3 && !/[^\0-\u08ff]|\d/.test(words)) return;
      // What is pasted is whole.
      if (event.inputType === "insertFromPaste") return void search(form, field, words, false);
      const within = !/\s$/.test(field.value);
      searching = setTimeout(search, 450, form, field, words, within);
      if (within) settling = setTimeout(search, 1200, form, field, words, false);
    };
    artist.addEventListener("input", typed);
    title.addEventListener("input", typed);
  }

  // ---- the end of a sign-in, told a quarter of an hour before

  const ends = () => Number((document.cookie.match(/(?:^|; )session_ends=(\d+)/) || [])[1]) * 1000;
  const warn = () => {
    const left = ends() - Date.now();
    if (!document.body.classList.contains("desk") || !(left > 0 && left < 900000)) return;
    note("You will be signed out in " + Math.ceil(left / 60000) + " min.", "end", "Stay signed in", async () => {
      const answer = await fetch("/api/me/renew", { method: "POST", headers: { Accept: "application/json" } }).catch(() => {});
      if (!answer || !answer.ok) toast("That did not work. Please sign in again soon.");
    });
  };
  setInterval(warn, 60000);
  warn();

  window.party = { banners, say, send, times, toast, unsaved };
})();
