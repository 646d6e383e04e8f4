// What waits to be sent, on this phone: in IndexedDB, or in memory where a browser has none.

const NAME = "simpul-sensors";
const WAITING = "waiting";

/** `{add, first, remove, length, isKept}`; each but `isKept` returns a promise. */
export async function openStore() {
  try {
    return kept(await opened());
  } catch {
    return inMemory(); // a private window, perhaps
  }
}

/** Each entry: `{kind, body, count}`, numbered in the order they came. */
function kept(database) {
  const table = (mode) => database.transaction(WAITING, mode).objectStore(WAITING);
  return {
    isKept: true,
    add: (entry) => done(table("readwrite").add(entry)),
    async first() {
      const cursor = await done(table("readonly").openCursor());
      return cursor && { ...cursor.value, number: cursor.primaryKey };
    },
    remove: (number) => done(table("readwrite").delete(number)),
    length: () => done(table("readonly").count()),
  };
}

function inMemory() {
  const entries = new Map();
  let last = 0;
  return {
    isKept: false,
    async add(entry) { entries.set(last += 1, entry); },
    async first() {
      const [first] = entries;
      return first ? { ...first[1], number: first[0] } : null;
    },
    async remove(number) { entries.delete(number); },
    async length() { return entries.size; },
  };
}

function opened() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(WAITING, { autoIncrement: true });
  return done(request);
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
