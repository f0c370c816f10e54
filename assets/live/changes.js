// What changes, as the box tells it: rows that are new or elsewhere, and what else is different on the page.
"use strict";
(() => {
  const { $$, count, isFar, listOf, patch, put, refresh, rest, say, section, stand, standing, sum } = party;

  let waiting = [], release;
  const hear = (told) => {
    waiting.push({ ...told, late: late(told.at) });
    // What moves nothing is shown at once.
    if (rest()) {
      for (const [name, { facts }] of Object.entries(told.rows || {})) if (facts) patch(name, { facts });
      count();
    }
    const own = new Set($$("[data-part=mine] [data-id]").map((row) => row.dataset.id));
    if (named(told).some((id) => own.has(id))) refresh(["mine"]);
    else if (told.line) askLater();
    settle();
  };
  // Every request of which it tells something.
  const named = ({ touched = [], rows = {} }) => [
    ...touched, ...Object.values(rows).flatMap(({ gone = [], html = {}, put = [], facts = {} }) => [...gone, ...put.map(([id]) => id), ...Object.keys(html), ...Object.keys(facts)]),
  ];
  const settle = () => {
    clearTimeout(release);
    if (rest()) release = setTimeout(settle, rest());
    else if (waiting.length) apply(waiting.splice(0));
  };

  const apply = (all) => {
    const before = standing();
    say(...all.flatMap(one));
    const { version, sums = {} } = all.at(-1);
    if (version && section("line")) section("line").dataset.version = version;
    count();
    stand(before, all.flatMap(({ rows = {} }) => Object.values(rows).flatMap(({ put = [] }) => put.map(([id]) => id))));
    // A page that was loaded in the midst of what was told at once may have it otherwise.
    const right = ([name, told]) => { const list = section(name) && listOf(section(name)); return !list || sum(list) === told; };
    if (!Object.entries(sums).every(right)) mend();
  };
  const one = ({ parts = {}, rows = {}, late }) => {
    const news = [
      ...Object.entries(parts).flatMap(([name, html]) => put(name, html)),
      ...Object.entries(rows).flatMap(([name, rows]) => patch(name, rows)),
    ];
    if (parts.now) for (const bar of $$("[data-part=now] progress[data-at]")) bar.value += late;
    return news;
  };

  // How long ago the box said this, by a watch of its own; what came fastest says how that goes.
  let watch = -Infinity;
  const late = (at) => {
    if (at === undefined) return 0;
    watch = Math.max(watch, at - Date.now()); // goes on while a phone sleeps
    return watch + Date.now() - at;
  };

  let mending, mendedAt = -Infinity;
  const mend = () => {
    clearTimeout(mending);
    const wait = Math.max(0, mendedAt + 3000 - performance.now()) + Math.random() * 500;
    mending = setTimeout(() => { mendedAt = performance.now(); refresh(); }, wait);
  };

  // Where one's own wish stands behind all that is shown need not be known at once.
  let later;
  const askLater = () => {
    if (isFar()) later ||= setTimeout(() => { later = undefined; refresh(["mine"]); }, 3000 + Math.random() * 7000);
  };

  Object.assign(party, { hear, settle });
})();
