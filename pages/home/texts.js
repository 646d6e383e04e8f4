export const TEXTS = {
  "home.title": { id: "Beranda", en: "Home" },
  "home.what": {
    id: "Satu backend untuk kelas dan perangkatnya",
    en: "One backend for a class and its devices",
  },
  "home.how": {
    id: "Presensi dengan kode QR yang berganti, sensor ponsel, jejak di peta, stasiun dan mesin: langsung, di satu tempat.",
    en: "Presence by a rotating QR code, sensors of phones, tracks on a map, stations and machines: live, in one place.",
  },
  "home.console": {
    id: "Untuk dosen: QR di proyektor, daftar hadir langsung, rekap untuk Excel.",
    en: "For instructors: the QR on the projector, the live roster, exports for Excel.",
  },
  "home.checkin": {
    id: "Untuk mahasiswa: pindai kode di layar, atau ketik.",
    en: "For students: scan the code on the screen, or type it.",
  },
  "home.sensors": {
    id: "Kirim akselerometer dan GPS ponsel ini, lihat grafiknya.",
    en: "Send this phone's accelerometer and GPS, and watch the chart.",
  },
  "home.map": {
    id: "Semua perangkat yang bergerak, dan jejak satu perangkat.",
    en: "All devices as they move, and the track of one.",
  },
  "home.stations": {
    id: "Stasiun sensor publik di seluruh Indonesia.",
    en: "Public sensor stations all over Indonesia.",
  },
  "home.machines": {
    id: "Untuk admin: mesin, telemetri, perintah dan PIN.",
    en: "For admins: machines, telemetry, commands and PINs.",
  },
  "home.logins": { id: "Akun demo", en: "Demo logins" },
  "home.emulator": {
    id: "Ini demonstrasi di mesin Anda sendiri. Akun ini hanya ada di sini.",
    en: "This is a demonstration on your own machine. These accounts exist here only.",
  },
  "home.role": { id: "Peran", en: "Role" },
  "home.for": { id: "Untuk", en: "For" },
  "home.for.instructor": { id: "Konsol", en: "Console" },
  "home.for.student": { id: "Presensi, sensor", en: "Check-in, sensors" },
  "home.for.owner": { id: "Perangkat sendiri", en: "Devices of their own" },
  "home.for.admin": { id: "Mesin", en: "Machines" },
  "home.docs": { id: "API, panggilan demi panggilan", en: "The API, call by call" },
  "home.api": {
    id: "Untuk program: kontrak mata kuliah di /presence dan /telemetry, klien Versi A di /exec, perangkat di /api/v1.",
    en: "For programs: the course contract under /presence and /telemetry, Versi A clients under /exec, devices under /api/v1.",
  },
};

/** The pages in the order of the cards, each with its drawing. */
export const PAGES = {
  console: "M3 5h18v11H3zM8 20h8M12 16v4M7 9h3v3H7zM14 9h3M14 12h3",
  checkin: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M8 12l3 3 5-6",
  sensors: "M3 12h4l3-8 4 16 3-8h4",
  map: "M12 21s7-6.2 7-11.5a7 7 0 1 0-14 0C5 14.800 12 21 12 21zM12 12a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  stations: "M12 13v8M8 21h8M9 10a4.200 4.200 0 0 1 6 0M6 7a8.500 8.500 0 0 1 12 0",
  machines: "M5 3h14v18H5zM9 7h6v5H9zM9 16h2M13 16h2",
};
