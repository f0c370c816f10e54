// A screen that stays on: by a wake lock, or by a film; full screen on a click or the F key.
"use strict";
(() => {
  let lock;
  const wake = async () => {
    if (!navigator.wakeLock || document.visibilityState !== "visible") return;
    try { lock = lock && !lock.released ? lock : await navigator.wakeLock.request("screen"); } catch { /* not granted: the TV's own settings decide */ }
  };
  document.addEventListener("visibilitychange", wake);
  wake();
  // On plain HTTP there is no wake lock to ask for, but no browser lets a film go dark: this one is of nothing.
  const film = () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 16, height: 16 });
    const paint = canvas.getContext("2d");
    let frame = 0;
    setInterval(() => { paint.fillStyle = frame++ % 2 ? "#000" : "#010101"; paint.fillRect(0, 0, 16, 16); }, 1000);
    const video = document.createElement("video");
    Object.assign(video, { muted: true, playsInline: true, className: "film", srcObject: canvas.captureStream(1) });
    document.body.prepend(video);
    video.play().catch(() => {}); // not allowed: the TV's own settings decide
  };
  if (!navigator.wakeLock && HTMLCanvasElement.prototype.captureStream) film();
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
