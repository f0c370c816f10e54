// The end of a sign-in, told a quarter of an hour before.
"use strict";
(() => {
  const { note, toast } = party;

  const ends = () => Number((document.cookie.match(/(?:^|; )session_ends=(\d+)/) || [])[1]) * 1000;
  const warn = () => {
    const left = ends() - Date.now();
    if (!document.body.classList.contains("admin") || !(left > 0 && left < 900000)) return;
    note("You will be signed out in " + Math.ceil(left / 60000) + " min.", "end", "Stay signed in", async () => {
      const answer = await fetch("/api/me/renew", { method: "POST", headers: { Accept: "application/json" } }).catch(() => {});
      if (!answer || !answer.ok) toast("That did not work. Please sign in again soon.");
    });
  };
  setInterval(warn, 60000);
  warn();
})();
