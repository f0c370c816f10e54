// What becomes of a form once the box has answered: what is said, what can be taken back, what is empty again.
"use strict";
(() => {
  const { $, $$, newKey, toast, typed, WORDS } = party;

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
    if ("vote" in form.dataset || part === "mine" || key) party.refresh(["mine"]);
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

  Object.assign(party, { done });
})();
