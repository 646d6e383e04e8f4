// Text files as spreadsheets write them.

import { ApiError } from "./api.js";

/**
 * The text of a file: UTF-8, UTF-16 by its mark, else the code page that Excel writes. Raises ApiError
 * for a workbook, which is a ZIP archive.
 */
export async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) throw new ApiError("workbook");
  const utf16 = { "255,254": "utf-16le", "254,255": "utf-16be" }[bytes.slice(0, 2).join()];
  if (utf16) return new TextDecoder(utf16).decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
