// Songs found while typing; one tap asks for one.
"use strict";
(() => {
  const { $, $$, part, say } = party;

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

  Object.assign(party, { stopSearch });
})();
