// The DJ's hands: dragging the line into order, menus, and the keyboard.
"use strict";
(() => {
  const { $, $$ } = party;

  // ---- order

  // One order at a time, each by the version the one before came to.
  let saving = Promise.resolve(), known = 0;
  // All down to the song that was moved and the one it stands before: what stands below goes on by the rules.
  const save = (list, moved) => {
    const rows = $$(":scope > [data-id]", list);
    const order = rows.slice(0, rows.indexOf(moved) + 2).map((row) => row.dataset.id);
    saving = saving.then(() => put(list, order));
  };
  const put = async (list, order) => {
    const body = JSON.stringify({ order, version: Math.max(known, Number(list.closest("[data-part]").dataset.version)) });
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    try {
      const answer = await fetch(list.dataset.order, { method: "PUT", body, headers });
      const said = await answer.json();
      if (answer.ok) known = said.version;
      else {
        party.toast(said.error.message);
        party.refresh();
      }
    } catch {
      party.toast("The box did not answer; the order is as it was.");
      party.refresh();
    }
  };

  let drag;
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest(".sortable > [data-id] > .grip");
    if (!grip || event.button) return;
    event.preventDefault();
    const row = grip.parentElement;
    const part = row.closest("[data-part]");
    drag = { row, list: row.parentElement, part, before: row.nextElementSibling };
    part.dataset.held = "1"; // news waits until the row is let go
    row.classList.add("dragging");
    grip.setPointerCapture(event.pointerId);
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    event.preventDefault();
    const others = $$(":scope > [data-id]", drag.list).filter((row) => row !== drag.row);
    const after = others.find((row) => {
      const box = row.getBoundingClientRect();
      return event.clientY < box.top + box.height / 2;
    });
    if ((after || null) !== drag.row.nextElementSibling) drag.list.insertBefore(drag.row, after || null);
  });
  const drop = (event) => {
    if (!drag) return;
    const { row, list, part, before } = drag;
    drag = undefined;
    row.classList.remove("dragging");
    delete part.dataset.held;
    if (event.type === "pointercancel") list.insertBefore(row, before);
    if (row.nextElementSibling !== before) save(list, row);
  };
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", drop);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("[data-id]");
    const other = button.dataset.move === "-1" ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (button.dataset.move === "-1") other.before(row);
    else other.after(row);
    button.focus();
    save(row.parentElement, row);
  });

  const show = (root) => $$("[data-move]", root).forEach((button) => { button.hidden = false; });
  document.addEventListener("dressed", ({ detail }) => show(detail));
  show();

  // ---- menus: Esc, a tap or the focus elsewhere, and what is chosen in them close them

  const shut = (which) => $$("details.more[open]").filter(which).forEach((menu) => {
    const held = menu.contains(document.activeElement);
    menu.open = false;
    if (held) $("summary", menu).focus({ preventScroll: true });
  });
  const elsewhere = (event) => shut((menu) => !menu.contains(event.target));
  document.addEventListener("pointerdown", elsewhere);
  document.addEventListener("focusin", elsewhere);
  document.addEventListener("submit", (event) => shut((menu) => menu.contains(event.target)));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") shut(() => true); });

  // ---- the player: devices are asked for when somebody wants to see them

  const devices = async (box) => {
    const choice = $("select", box);
    const alert = $("[role=alert]", choice.form);
    try {
      const answer = await fetch(box.dataset.devices, { headers: { Accept: "application/json" } });
      const said = await answer.json();
      alert.hidden = answer.ok;
      if (!answer.ok) { alert.textContent = said.error.message; return; }
      const usable = said.devices.filter((device) => device.id && !device.is_restricted);
      const dumb = said.devices.length && !usable.length;
      if (dumb) alert.textContent = box.dataset.dumb;
      alert.hidden = !dumb;
      choice.replaceChildren(new Option(usable.length ? "Choose one" : dumb ? "None to choose" : box.dataset.none, ""), ...usable.map((device) => new Option(device.name, device.id, false, device.is_active)));
      const playing = usable.find((device) => device.is_active && device.volume_percent !== null);
      if (playing) $("[name=percent]", box).value = playing.volume_percent;
    } catch {
      alert.textContent = "The box did not answer.";
      alert.hidden = false;
    }
  };
  document.addEventListener("toggle", ({ target }) => { if (target.dataset.devices && target.open) devices(target); }, true);
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form) form.requestSubmit();
  });

  // ---- keyboard

  const rows = () => $$(".tickets > [data-id], .line .songs > [data-id]");
  const press = (row, act) => {
    const form = row && $(`form[data-act="${act}"]`, row);
    if (form) form.requestSubmit();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const all = rows();
    const here = event.target.closest("[data-id]");
    const at = all.indexOf(here);
    const first = $(".tickets > [data-id]"); // without a choice only what waits is decided
    const go = (row) => { if (row) { row.focus(); row.scrollIntoView({ block: "nearest" }); } };
    const keys = {
      j: () => go(all[Math.min(at + 1, all.length - 1)]),
      k: () => go(all[Math.max(at - 1, 0)]),
      a: () => { press(here || first, "approve"); go(all[at + 1]); },
      r: () => { press(here || first, "reject"); go(all[at + 1]); },
      n: () => press(here, "play-next"),
      u: () => { const undo = $$("#toast button").find((one) => one.textContent === "Undo"); if (undo) undo.click(); },
    };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
})();
