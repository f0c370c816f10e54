// The DJ's hands: dragging the line into order, and the keyboard.
"use strict";
(() => {
  const $ = (pick, root = document) => root.querySelector(pick);
  const $$ = (pick, root = document) => [...root.querySelectorAll(pick)];

  // ---- order

  const save = async (list) => {
    const order = $$(":scope > [data-id]", list).map((row) => row.dataset.id);
    const body = JSON.stringify({ order, version: Number(list.dataset.version) });
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    try {
      const answer = await fetch(list.dataset.order, { method: "PUT", body, headers });
      if (!answer.ok) {
        party.toast((await answer.json()).error.message);
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
  const drop = () => {
    if (!drag) return;
    const { row, list, part, before } = drag;
    drag = undefined;
    row.classList.remove("dragging");
    delete part.dataset.held;
    if (row.nextElementSibling !== before) save(list);
    else party.refresh();
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
    save(row.parentElement);
  });

  const show = () => $$("[data-move]").forEach((button) => { button.hidden = false; });
  document.addEventListener("dressed", show);
  show();

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
      choice.replaceChildren(new Option(usable.length ? "Choose one" : "None is on: open Spotify somewhere", ""), ...usable.map((device) => new Option(device.name, device.id, false, device.is_active)));
      const playing = usable.find((device) => device.is_active && device.volume_percent !== null);
      if (playing) $("[name=percent]", box).value = playing.volume_percent;
    } catch {
      alert.textContent = "The box did not answer.";
      alert.hidden = false;
    }
  };
  for (const box of $$("details[data-devices]")) box.addEventListener("toggle", () => { if (box.open) devices(box); });
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
    const go = (row) => { if (row) { row.focus(); row.scrollIntoView({ block: "nearest" }); } };
    const keys = {
      j: () => go(all[Math.min(at + 1, all.length - 1)]),
      k: () => go(all[Math.max(at - 1, 0)]),
      a: () => { press(here || all[0], "approve"); go(all[at + 1]); },
      r: () => { press(here || all[0], "reject"); go(all[at + 1]); },
      n: () => press(here, "play-next"),
      u: () => { const undo = $("#toast:not([hidden]) button"); if (undo) undo.click(); },
    };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
})();
