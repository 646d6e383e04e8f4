// Calls of the API. Every call may be sent twice: the server takes a repeat for what it is.

import { heardFrom } from "./clock.js";
import { knows, tell } from "./language.js";

const TIMEOUT = 10_000; // milliseconds
const PAUSES = [400, 1500]; // before the second and the third attempt
const ATTESTED = ["/presence/", "/telemetry/"]; // what App Check guards, where it is on

let attestation = null; // gives a proof that this page is ours, from the first refusal on

/** A refusal: `code` as the API names it, or `no_network` where no answer came. */
export class ApiError extends Error {
  constructor(code, { status = 0, retryAfter = 0, fields = [] } = {}) {
    super(code);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
    this.fields = fields; // that a form's answer calls wrong
  }

  /** Whether the same call may succeed later. */
  get isPassing() {
    return this.status === 0 || this.status >= 500;
  }
}

/** The API's code as a sentence for people. */
export function sentence(error) {
  if (!(error instanceof ApiError)) return tell("error.internal");
  const [code, field] = error.code.split(": ");
  const key = `error.${code}`;
  if (!knows(key)) return tell("error.other", { code: error.code });
  return tell(key, { field: field ?? error.fields.join(", "), seconds: error.retryAfter });
}

/**
 * The `data` of an answer. `body` makes it a POST, unless `method` says otherwise; `token` gives the ID
 * token, where one is due. What the server does not know again is sent with `attempts: 1`.
 */
export async function call(path, options = {}) {
  const parsed = await answer(path, options, (response) => response.json());
  return parsed.data ?? parsed;
}

/** A file that the API makes, as a Blob. */
export function file(path, options = {}) {
  return answer(path, options, (response) => response.blob());
}

/** What `read` makes of a good response; tried again where none came, or not a whole one. Raises ApiError. */
async function answer(path, { query = {}, body, method = body ? "POST" : "GET", token, attempts = PAUSES.length + 1 }, read) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  let refused = false;
  for (let attempt = 1; ; attempt += 1) {
    const isAttested = attestation !== null;
    try {
      const proofs = { token: token && await token(refused), attested: isAttested && await proof(url) };
      return await once(url, method, body, proofs, read);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "app_check_required" && !isAttested) {
        ({ attestation } = await import("./attest.js"));
        continue;
      }
      // A token looks good for longer than it is where this computer's clock is slow.
      if (error.code === "unauthorized" && token && !refused) refused = true;
      else if (!error.isPassing || attempt >= attempts) throw error;
      else await new Promise((resolve) => setTimeout(resolve, PAUSES[attempt - 1]));
    }
  }
}

function proof(url) {
  return ATTESTED.some((prefix) => url.pathname.startsWith(prefix)) ? attestation() : null;
}

async function once(url, method, body, { token, attested }, read) {
  const asked = Date.now();
  let response;
  try {
    response = await fetch(url, {
      method,
      headers: {
        ...(body && { "Content-Type": "application/json" }),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(attested && { "X-Firebase-AppCheck": attested }),
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch {
    throw new ApiError("no_network");
  }
  heardFrom(response, asked);
  if (!response.ok) throw await refusal(response);
  try {
    return await read(response);
  } catch {
    throw new ApiError("no_network"); // it broke off, or something between has answered in our place
  }
}

async function refusal(response) {
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  let parsed = {};
  try {
    parsed = await response.json();
  } catch {
    // Not one of our own answers: a proxy's page, perhaps.
  }
  const code = parsed.error ?? parsed.error_code?.toLowerCase() ?? parsed.code ?? parsed.message;
  const other = response.status >= 500 ? "unavailable" : "internal";
  const fields = Object.keys(parsed.errors ?? {});
  return new ApiError(typeof code === "string" ? code : other, { status: response.status, retryAfter, fields });
}
