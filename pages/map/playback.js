// Playing a track: a moment that runs through its range of time.

/**
 * `{load, toggle, seek, isPlaying}`. `moved(ms)` is called with each new moment; `speed()` says how many
 * seconds of the track pass in one.
 */
export function playback(moved, speed) {
  let from = 0;
  let to = 0;
  let at = 0;
  let frame = null;
  let before = 0;

  function step(time) {
    at = Math.min(at + (time - before) * speed(), to);
    before = time;
    frame = at < to ? requestAnimationFrame(step) : null;
    moved(at);
  }

  function stop() {
    cancelAnimationFrame(frame);
    frame = null;
  }

  return {
    get isPlaying() { return frame !== null; },
    /** Takes a new range, in milliseconds, and stands at its end. */
    load(first, last) {
      stop();
      [from, to, at] = [first, last, last];
    },
    /** Plays from where it stands, from the beginning where that is the end; or holds. */
    toggle() {
      if (frame !== null) stop();
      else {
        if (at >= to) at = from;
        before = performance.now();
        frame = requestAnimationFrame(step);
      }
      moved(at);
    },
    /** Goes to a moment. */
    seek(ms) {
      at = ms;
      moved(at);
    },
    stop,
  };
}
