// New content in the place of the old, with nothing moved or let go of.
"use strict";
(() => {
  const { $, $$, times } = party;

  // How something to press is known again in new content.
  const mark = (el) => [el.tagName, el.name, el.form ? el.form.action : el.getAttribute("aria-label") || el.textContent].join("\n");
  const handles = (root) => $$("a, button, input, select, summary", root);

  // What lasts of a row as it came, whatever is counted in it.
  const lasting = (row) => {
    const copy = row.cloneNode(true);
    delete copy.dataset.facts;
    delete copy.dataset.news;
    for (const slot of $$("[data-slot]", copy)) slot.textContent = "";
    return copy.outerHTML;
  };

  const section = (name) => $(`[data-part="${name}"]`);
  const listOf = (root) => $("[data-rows]", root);

  // A row goes to another place as it is, where the browser can do that: with its focus, and its menu open.
  const move = (list, row, before) => row.parentElement === list && list.moveBefore ? list.moveBefore(row, before) : list.insertBefore(row, before);
  const arrange = (parent, wanted) => {
    const all = new Set(wanted);
    for (const node of [...parent.childNodes]) if (!all.has(node)) node.remove();
    wanted.forEach((node, at) => { if (parent.childNodes[at] !== node) move(parent, node, parent.childNodes[at] || null); });
  };

  // What did not change is not touched: taken out and put back, even for a moment, it would lose the focus, and the page, shorter
  // meanwhile, its place.
  const settle = (root, fresh, withRows) => {
    const list = listOf(root), other = listOf(fresh);
    if (list && other) {
      for (const { name } of [...list.attributes]) if (!other.hasAttribute(name) && name !== "style") list.removeAttribute(name);
      for (const { name, value } of other.attributes) list.setAttribute(name, value);
      if (withRows) {
        const rows = new Map([...list.children].map((row) => [row.dataset.id, row]));
        arrange(list, [...other.children].map((row) => again(rows.get(row.dataset.id), row)));
      }
    } else if (other) for (const row of other.children) row.raw = lasting(row);
    const left = [...root.childNodes];
    arrange(root, [...fresh.childNodes].map((node) => {
      if (node === other && list) return list;
      const at = left.findIndex((one) => one !== list && one.isEqualNode(node));
      return at < 0 ? node : left.splice(at, 1)[0];
    }));
  };
  // The row that stands, where nothing of it is new but what is counted; else the new one.
  const again = (row, fresh) => {
    const raw = lasting(fresh);
    if (!row || row.raw !== raw) return Object.assign(fresh, { raw });
    for (const name of ["facts", "news"]) if (name in fresh.dataset) row.dataset[name] = fresh.dataset[name];
    const said = $$("[data-slot]", fresh);
    $$("[data-slot]", row).forEach((slot, at) => { if (slot.textContent !== said[at].textContent) slot.textContent = said[at].textContent; });
    return row;
  };

  // Where the rows in sight stand, to leave them there whatever comes or goes above them; what has the focus first.
  const inSight = (box) => box.bottom > 0 && box.top < innerHeight && box.height > 0;
  const standing = () => {
    if (!document.body.matches(".admin, .party")) return [];
    const focus = document.activeElement, held = focus && focus.closest("[data-id], #ask input");
    const seen = [];
    for (const row of [held, ...$$("[data-part] [data-id]")]) {
      const box = row && row.getBoundingClientRect();
      if (box && inSight(box)) seen.push({ row, part: row.closest("[data-part]")?.dataset.part, id: row.dataset.id, top: box.top });
    }
    return seen;
  };
  let gap;
  const stand = (before, moved = []) => {
    for (const { row: was, part, id, top } of before) {
      if (moved.includes(id)) continue; // it went by itself
      const row = was.isConnected ? was : $(`[data-part="${part}"] [data-id="${id}"]`);
      if (!row) continue;
      const off = () => row.getBoundingClientRect().top - top;
      const by = off();
      if (by) scrollBy({ top: by, behavior: "instant" });
      if (by && off() < -1) leaveGap(row.parentElement, -off()); // there is no more page above to scroll into
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

  // What is told of a part when it is new there: rows and notices bring their own words along.
  const news = (part) => $$("[data-news]", part).map((el) => el.dataset.news);

  const fields = (part) => $$("[data-id] input:not([type=hidden])", part);

  // Does something to a part: what was unfolded stays so, what was typed stays there, what had the focus keeps it. Answers what
  // is to be told.
  const change = (part, act) => {
    const focus = document.activeElement && part.contains(document.activeElement) && document.activeElement;
    const within = focus && focus.closest("[data-id]");
    const at = focus && (within ? $$("[data-id]", part).indexOf(within) : handles(part).indexOf(focus));
    const open = $$("details[open] > summary", part).map(mark);
    const known = new Set(news(part));
    const typed = fields(part).filter((one) => one.value !== one.defaultValue).map((one) => [mark(one), one.value]);
    act();
    if (typed.length) for (const one of fields(part)) for (const [was, value] of typed) if (was === mark(one)) one.value = value;
    if (open.length) for (const summary of $$("details:not([open]) > summary", part)) if (open.includes(mark(summary))) summary.parentElement.open = true;
    refocus(part, focus, within, at);
    return news(part).filter((one) => !known.has(one));
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

  const made = (html) => {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    return document.importNode(fresh.content, true);
  };

  // New content of a part, with its rows or without.
  const put = (name, html, withRows) => {
    const root = section(name);
    return root ? change(root, () => { settle(root, made(html), withRows); dress(root); }) : [];
  };

  // A row as it is told: by what it has in common with any other, whose id is this sign.
  const row = (root, id, told) => {
    const piece = (one) => typeof one === "string" ? one : root.dataset.like.substr(...one);
    return made(typeof told === "string" ? told : told.map(piece).join("").replaceAll("§", id)).firstElementChild;
  };

  // New rows among those that stand, others gone or elsewhere.
  const patch = (name, { gone = [], html = {}, put = [], facts = {} }) => {
    const root = section(name), list = root && listOf(root);
    if (!list) return [];
    if (!gone.length && !put.length && !Object.keys(html).length) return void count(list, facts) || [];
    return change(root, () => {
      const rows = new Map([...list.children].map((row) => [row.dataset.id, row]));
      const renew = (id, told) => {
        const was = rows.get(id), now = again(was, row(root, id, told));
        if (now === was) return;
        if (was && was.parentElement === list) was.replaceWith(now);
        rows.set(id, now);
        dress(now);
      };
      for (const id of gone) if (rows.has(id)) rows.get(id).remove();
      for (const [id, told] of Object.entries(html)) renew(id, told);
      for (const [id, after, told] of put) {
        if (told) renew(id, told);
        const here = rows.get(id), before = rows.get(after);
        if (!here || after && !before) continue;
        const next = before ? before.nextElementSibling : list.firstElementChild;
        if (here !== next) move(list, here, next);
        dress(here);
      }
      count(list, facts);
    });
  };
  const count = (list, facts) => { for (const row of list.children) if (row.dataset.id in facts) row.dataset.facts = facts[row.dataset.id]; };

  // What only this page knows: its own time zone, its own votes.
  const dress = (root) => {
    times(root);
    const personal = $("#personal");
    if (personal) {
      const voted = new Set(personal.dataset.voted.split(" "));
      const own = new Set($$("[data-part=mine] [data-id]:not([data-joined])").map((row) => row.dataset.id));
      for (const form of $$("form[data-vote]", root.contains(personal) ? document : root)) {
        const { id } = form.closest("[data-id]").dataset, button = $("button", form);
        button.setAttribute("aria-pressed", voted.has(id));
        button.disabled = own.has(id);
      }
    }
    document.dispatchEvent(new CustomEvent("dressed", { detail: root }));
  };

  for (const row of $$("[data-rows] > [data-id]")) row.raw = lasting(row);
  dress(document);

  Object.assign(party, { listOf, patch, put, section, stand, standing });
})();
