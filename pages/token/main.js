// The ID token of the account that is signed in on this site, for scripts that are no part of a bundle:
// public/js/realtime.js loads this where the server wants an account, and only then.

export { idToken } from "../shared/firebase.js";
