// What this browser keeps for the next visit; one that keeps nothing still shows every page.

/** What was kept under a name, or null. */
export function recall(name, storage = () => localStorage) {
  try {
    return JSON.parse(storage().getItem(`simpul.${name}`));
  } catch {
    return null;
  }
}

/** Keeps a value; `null` forgets it. Returns whether the browser has kept it. */
export function keep(name, value, storage = () => localStorage) {
  try {
    if (value === null) storage().removeItem(`simpul.${name}`);
    else storage().setItem(`simpul.${name}`, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** For `recall` and `keep`: only while this tab is open. */
export const TAB = () => sessionStorage;
