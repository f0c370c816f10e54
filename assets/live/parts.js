// New content in the place of the old, with nothing moved or let go of.
"use strict";
(() => {
  const { $, $$, times } = party;

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

  // What is told of a part when it is new there: rows and notices bring their own words along.
  const news = (part) => $$("[data-news]", part).map((el) => el.dataset.news);

  const fields = (part) => $$("[data-id] input:not([type=hidden])", part);

  // New content, row by row; what was unfolded stays so, what was typed stays there, what had the focus keeps it. Answers what is to be told.
  const swap = (part, fresh) => {
    const focus = document.activeElement && part.contains(document.activeElement) && document.activeElement;
    const within = focus && focus.closest("[data-id]");
    const at = focus && (within ? $$("[data-id]", part).indexOf(within) : handles(part).indexOf(focus));
    const open = $$("details[open] > summary", part).map(mark);
    const before = document.body.classList.contains("admin") ? standing() : [];
    const known = news(part);
    const typed = fields(part).filter((one) => one.value !== one.defaultValue).map((one) => [mark(one), one.value]);
    settle(part, fresh);
    for (const one of fields(part)) for (const [was, value] of typed) if (was === mark(one)) one.value = value;
    for (const summary of $$("details > summary", part)) if (open.includes(mark(summary))) summary.parentElement.open = true;
    dress(part); // only what shows can have the focus
    refocus(part, focus, within, at);
    stand(before);
    return news(part).filter((one) => !known.includes(one));
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
    if (!part || part.dataset.held) return [];
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const raw = fresh.innerHTML;
    if (part.raw === raw) return [];
    part.raw = raw;
    return swap(part, document.importNode(fresh.content, true));
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

  for (const part of $$("[data-part]")) {
    part.raw = part.innerHTML;
    for (const row of $$("[data-id]", part)) row.dataset.html = row.outerHTML;
  }
  dress(document);

  Object.assign(party, { put });
})();
