// Document ids made of any text, as shared/base/ids.py makes them.

/** The text itself wherever Firestore takes it, else escaped. */
export function documentId(text) {
  const safe = text.replace(/[/%\x00-\x1f\x7f]/g, escaped);
  if (/^(\.{1,2}|__.*__)$/s.test(safe)) return escaped(safe[0]) + safe.slice(1);
  return safe || "%";
}

function escaped(character) {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
