// The proof of this page: good for an hour, renewed while the page lives.

const RENEW_EVERY = 15 * 60_000;
const TRY_AGAIN = 60_000;
const OVER = ["PAGE_PROOF_INVALID", "MACHINE_BLOCKED", "MACHINE_NOT_FOUND"];

/**
 * Renews the proof for good. Where the server has refused it, the link opens the page again; if the link is
 * over too, what comes then says what to do. Returns what renews it at once.
 */
export function keepRenewed(api) {
  let timer = null;

  async function renew() {
    clearTimeout(timer);
    let pause = RENEW_EVERY;
    try {
      await api.renew();
    } catch (error) {
      if (OVER.includes(error.code)) {
        location.reload(); // the server has answered, so a page will come
        return;
      }
      pause = TRY_AGAIN;
    }
    clearTimeout(timer);
    timer = setTimeout(renew, pause);
  }

  timer = setTimeout(renew, RENEW_EVERY);
  return renew;
}
