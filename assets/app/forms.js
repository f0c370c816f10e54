// Forms that answer in place.
"use strict";
(() => {
  const { $, $$, banners, done, newKey, stopSearch, tell, toast, typed, unsaved } = party;

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
    if ("vote" in form.dataset && $("button", form).getAttribute("aria-pressed") === "true") {
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
      else if (answer.status === 410 && !$("body.admin")) location.reload(); // a DJ goes on, and keeps their words
      else say(data.error ? data.error.message : "That did not work.", answer);
    } catch {
      say("The box did not answer. Are you still on its Wi-Fi? Nothing is lost: try again.");
    } finally {
      clearTimeout(timer);
      delete form.dataset.busy;
      if (button) button.removeAttribute("aria-disabled");
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
})();
