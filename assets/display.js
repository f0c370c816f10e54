// A screen that stays on: wake lock where the browser grants one, full screen on a click or the F key.
"use strict";
(() => {
  let lock;
  const wake = async () => {
    if (!navigator.wakeLock || document.visibilityState !== "visible") return;
    try { lock = lock && !lock.released ? lock : await navigator.wakeLock.request("screen"); } catch { /* not granted: the TV's own settings decide */ }
  };
  document.addEventListener("visibilitychange", wake);
  wake();
  // The DJ's list of screens says when this one gave its last sign of life.
  const alive = () => fetch(location.pathname.replace(/^\/([^/]+)\/.*/, "/api/$1/display/alive")).catch(() => {});
  if (document.body.dataset.live) { alive(); setInterval(alive, 10000); }

  const full = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (document.documentElement.requestFullscreen) document.documentElement.requestFullscreen().catch(() => {});
  };
  document.addEventListener("click", full);
  document.addEventListener("keydown", (event) => { if (event.key === "f" && !event.ctrlKey && !event.metaKey) full(); });
})();
