// Who is there: the roster, the records and the entries by hand as one list. Data in, value out.

const BY_HAND = "manual";

/**
 * A row for each student of the roster and each who came without being on it:
 * `{id, name, status, time, flags, reason}`, time in milliseconds or null.
 */
export function people(roster, presences, marks) {
  const records = new Map(presences.map((record) => [record.user_id, record]));
  const names = new Map(roster.map(({ user_id, name }) => [user_id, name]));
  const reasons = new Map(marks.map((mark) => [mark.user_id, mark.reason]));
  const shared = sharedDevices(presences);
  const ids = [...new Set([...names.keys(), ...records.keys()])];
  return ids.map((id) => {
    const record = records.get(id);
    const isThere = record?.status === "checked_in";
    const flags = isThere ? flagsOf(record, shared) : [];
    if (roster.length && !names.has(id)) flags.push("stranger");
    return {
      id,
      name: names.get(id) || "",
      status: isThere ? "checked_in" : "absent",
      time: isThere ? record.checked_in_at.toMillis() : null,
      flags,
      reason: record?.mark ? reasons.get(id) ?? "" : "",
    };
  });
}

/** Those who are there first, the last to come on top; then the absent by name. */
export function sorted(rows) {
  return [...rows].sort((a, b) => (b.time ?? 0) - (a.time ?? 0)
    || (a.name || a.id).localeCompare(b.name || b.id));
}

/** Whether a row is among what is looked for. */
export function matches(row, words, filter) {
  const text = `${row.name} ${row.id}`.toLowerCase();
  const wanted = {
    all: true,
    present: row.status === "checked_in",
    absent: row.status === "absent",
    flagged: row.flags.length > 0,
  }[filter];
  return wanted && words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function flagsOf(record, shared) {
  return [
    ...(record.device_id === BY_HAND && !record.devices.length ? ["manual"] : []),
    ...(record.devices.some((device) => shared.has(device)) ? ["shared_device"] : []),
    ...(record.devices.length > 1 ? ["several_devices"] : []),
  ];
}

/** Devices that more than one user came with, as presence/rules.py counts them. */
function sharedDevices(presences) {
  const users = new Map();
  for (const { devices } of presences) {
    for (const device of new Set(devices)) users.set(device, (users.get(device) ?? 0) + 1);
  }
  return new Set([...users].filter(([, count]) => count > 1).map(([device]) => device));
}
