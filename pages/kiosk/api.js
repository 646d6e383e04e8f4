// The kiosk's endpoints, spoken to as this machine's own page.

import { heardFrom } from "../shared/clock.js";

const PATIENCE = 10_000;
const [mount] = location.pathname.split("/rvm-ui/");
const BASE = mount || "/api/v1/kiosk"; // at the function's own address the first part is gone

/** What went wrong: the contract's `code`, or "offline"; `details` is the answer. */
export class Refused extends Error {
  constructor(code, details = {}) {
    super(code);
    this.code = code;
    this.details = details;
  }
}

/** Calls of one machine. `uuid` names it, `proof` says that its signed link was opened: until it is renewed. */
export function kiosk(uuid, proof) {
  let held = proof;
  const who = () => ({ "X-Machine-UUID": uuid, "X-Kiosk-Page": held });
  const post = (path, body, more) => call(path, {
    method: "POST",
    headers: { ...who(), ...more, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return {
    renew: async () => { held = (await post("/page/renew", {})).proof; },
    code: () => call("/session/token", { headers: who() }),
    endSession: (session) => post("/session/end", { session_id: session }),
    enter: (pin) => post("/auth/pin", { pin }),
    send: (command, session) => post("/maintenance/command", { command }, { "X-PIN-Session": session }),
    endMaintenance: (session) => post("/maintenance/end", {}, { "X-PIN-Session": session }),
  };
}

async function call(path, options) {
  const asked = Date.now();
  let answer;
  let body;
  try {
    answer = await fetch(BASE + path, { ...options, signal: AbortSignal.timeout(PATIENCE) });
    heardFrom(answer, asked);
    body = await answer.json();
  } catch {
    throw new Refused("offline");
  }
  if (!body.success) throw new Refused(body.error_code, body);
  return body.data;
}
