export const TEXTS = {
  "missing.title": { id: "Halaman ini tidak ada", en: "There is no such page" },
  "missing.why": {
    id: "Alamatnya mungkin salah ketik, atau halaman itu sudah pindah. Yang sering dicari:",
    en: "The address may be mistyped, or the page has moved. What people look for most:",
  },
  "missing.home": { id: "Beranda", en: "Home" },
  "missing.checkin": { id: "Presensi: pindai atau ketik kode", en: "Check-in: scan or type the code" },
  "missing.console": { id: "Konsol dosen", en: "The instructor's console" },
  "missing.stations": { id: "Stasiun publik", en: "Public stations" },
  "missing.docs": { id: "API, panggilan demi panggilan", en: "The API, call by call" },
};
