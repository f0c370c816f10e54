// The page asked for again, whole or what is one's own on it.
"use strict";
(() => {
  const { $, $$, banners, count, put, say, section, stand, standing, unsaved } = party;

  // Nothing moves under a thumb: not while a song is dragged, and not for a moment once something in a list was touched.
  const HOLD = 1000;
  let touchedAt = -HOLD;
  document.addEventListener("pointerdown", ({ target }) => { if (target.closest("[data-rows]")) touchedAt = performance.now(); });
  // Whoever decides has done what they were about to; whoever votes goes on.
  document.addEventListener("submit", ({ target }) => { if (!("vote" in target.dataset)) touchedAt = -HOLD; });
  const thumb = () => $("[data-held]") ? 100 : Math.max(0, touchedAt + HOLD - performance.now());

  // The page as the box has it now.
  const load = async (names) => {
    try {
      const answer = await fetch(location.pathname + (names ? "?part=" + names : ""), { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const why = banners(page).find((box) => !box.hidden)?.dataset.unsaved;
      if (!names && answer.ok || why) unsaved(why);
      // The box, or the proxy before it, has a bad moment: what the page shows is better than that.
      if (answer.status >= 500 || answer.status === 429) return false;
      if (!answer.ok) return void (names || location.reload());
      if (!names && page.body.className !== document.body.className) return void location.reload();
      while (!names && thumb()) await new Promise((done) => setTimeout(done, thumb()));
      const before = standing();
      say(...$$("[data-part]", page).flatMap((part) => {
        const { part: name, like, version } = part.dataset, here = section(name);
        for (const [key, value] of Object.entries({ like, version })) if (here && value) here.dataset[key] = value;
        return put(name, part.innerHTML, true);
      }));
      count();
      stand(before);
      return true;
    } catch {
      return false; // away; the stream comes back first
    }
  };

  // Who asks while it is on its way has it asked for once more.
  const asked = {};
  const refresh = (names) => {
    const which = names ? "own" : "all", under = asked[which];
    if (names && !section("mine")) return undefined;
    if (under) under.more = true;
    else (asked[which] = {}).answer = ask(which, names);
    return asked[which].answer;
  };
  const ask = async (which, names) => {
    await undefined;
    let well;
    do {
      asked[which].more = false;
      well = await load(names);
    } while (asked[which].more && well);
    delete asked[which];
    party.settle();
    return well;
  };

  // What comes meanwhile waits: it may be older than the page.
  const rest = () => asked.all ? 100 : thumb();

  Object.assign(party, { refresh, rest });
})();
