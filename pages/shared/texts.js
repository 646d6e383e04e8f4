// Texts of the frame, and of every error code of the API.

export const TEXTS = {
  "nav.home": { id: "Beranda", en: "Home" },
  "nav.console": { id: "Konsol", en: "Console" },
  "nav.checkin": { id: "Presensi", en: "Check-in" },
  "nav.sensors": { id: "Sensor", en: "Sensors" },
  "nav.map": { id: "Peta", en: "Map" },
  "nav.stations": { id: "Stasiun", en: "Stations" },
  "nav.machines": { id: "Mesin", en: "Machines" },
  "nav.label": { id: "Halaman", en: "Pages" },
  "nav.menu": { id: "Menu", en: "Menu" },
  "nav.skip": { id: "Langsung ke isi", en: "Skip to content" },
  "frame.language": { id: "English", en: "Indonesia" },
  "frame.theme": { id: "Ganti terang atau gelap", en: "Switch light or dark" },
  "frame.leave": { id: "Keluar", en: "Sign out" },
  "frame.wait": { id: "Sebentar …", en: "One moment …" },

  "signin.title": { id: "Masuk", en: "Sign in" },
  "signin.email": { id: "Surel", en: "E-mail" },
  "signin.password": { id: "Kata sandi", en: "Password" },
  "signin.submit": { id: "Masuk", en: "Sign in" },
  "signin.demo": { id: "Akun demo di mesin ini:", en: "Demo accounts on this machine:" },
  "signin.instructor": { id: "Dosen", en: "Instructor" },
  "signin.student": { id: "Mahasiswa", en: "Student" },
  "signin.owner": { id: "Pemilik perangkat", en: "Device owner" },
  "signin.admin": { id: "Admin", en: "Admin" },
  "signin.wrong": { id: "Surel atau kata sandi salah.", en: "The e-mail or the password is wrong." },
  "signin.many": {
    id: "Terlalu banyak percobaan. Tunggu beberapa menit.",
    en: "Too many attempts. Wait a few minutes.",
  },
  "signin.failed": {
    id: "Tidak bisa masuk: layanan akun tidak menjawab.",
    en: "Could not sign in: the account service does not answer.",
  },
  "signin.role": {
    id: "Halaman ini untuk peran “{role}”. Anda masuk sebagai {name}.",
    en: "This page is for the role “{role}”. You are signed in as {name}.",
  },

  "error.missing_field": { id: "Isian “{field}” belum ada.", en: "The field “{field}” is missing." },
  "error.invalid_field": { id: "Isian “{field}” tidak bisa dibaca.", en: "The field “{field}” cannot be read." },
  "error.invalid_json": { id: "Kiriman tidak bisa dibaca.", en: "What was sent cannot be read." },
  "error.token_invalid": {
    id: "Kode ini tidak dikenal. Periksa huruf dan angkanya, atau pindai lagi.",
    en: "There is no such code. Check its letters and digits, or scan again.",
  },
  "error.token_mismatch": {
    id: "Kode ini milik kelas atau sesi lain.",
    en: "This code belongs to another course or session.",
  },
  "error.session_closed": {
    id: "Sesi ini sudah ditutup dosen. Hubungi dosen bila Anda hadir.",
    en: "The instructor has closed this session. Speak to them if you are here.",
  },
  "error.token_expired": {
    id: "Kode ini sudah lewat dua menit. Pindai kode yang sekarang ada di layar.",
    en: "This code is older than two minutes. Scan the one that is on the screen now.",
  },
  "error.marked_absent": {
    id: "Dosen mencatat Anda tidak hadir di sesi ini. Hubungi dosen.",
    en: "The instructor has marked you absent in this session. Speak to them.",
  },
  "error.too_many_attempts": {
    id: "Terlalu banyak kode salah dari jaringan ini. Kode yang benar tetap diterima.",
    en: "Too many wrong codes from this network. A right code still works.",
  },
  "error.too_many_requests": {
    id: "Terlalu cepat. Coba lagi dalam {seconds} detik.",
    en: "Too fast. Try again in {seconds} seconds.",
  },
  "error.unauthorized": { id: "Silakan masuk dahulu.", en: "Please sign in first." },
  "error.app_check_required": {
    id: "Halaman ini tidak dapat membuktikan keasliannya. Muat ulang halaman ini.",
    en: "This page could not prove that it is ours. Please reload it.",
  },
  "error.forbidden": { id: "Akun ini tidak boleh melakukan itu.", en: "This account may not do that." },
  "error.teacher_not_found": {
    id: "Tidak ada akun dengan surel ini.",
    en: "There is no account with this e-mail address.",
  },
  "error.not_an_instructor": {
    id: "Akun ini bukan akun dosen.",
    en: "This account is not an instructor's.",
  },
  "error.last_teacher": { id: "Kelas harus punya minimal satu pengajar.", en: "A course keeps at least one teacher." },
  "error.too_many_teachers": { id: "Kelas ini sudah punya 50 pengajar.", en: "This course has 50 teachers already." },
  "error.session_not_found": {
    id: "Sesi ini belum pernah dibuka.",
    en: "This session has never been opened.",
  },
  "error.device_not_found": { id: "Belum ada data perangkat ini.", en: "There is no data of this device yet." },
  "error.unknown_endpoint": { id: "Server ini tidak mengenal permintaan itu.", en: "This server does not know that request." },
  "error.not_found": { id: "Tidak ditemukan.", en: "Not found." },
  "error.method_not_allowed": { id: "Server ini tidak menerima permintaan itu.", en: "This server does not take that request." },
  "error.conflict": { id: "Sudah ada, atau baru saja diubah orang lain.", en: "It exists already, or somebody has just changed it." },
  "error.request_too_large": { id: "Terlalu besar untuk dikirim.", en: "Too large to be sent." },
  "error.unavailable": {
    id: "Server sedang tidak bisa menjawab. Tidak ada yang hilang; coba lagi sebentar lagi.",
    en: "The server cannot answer just now. Nothing was lost; try again in a moment.",
  },
  "error.internal": { id: "Ada kesalahan di server.", en: "Something went wrong on the server." },
  "error.no_network": {
    id: "Tidak ada jawaban. Periksa jaringan.",
    en: "No answer came. Check the network.",
  },
  "error.other": { id: "Ditolak: {code}", en: "Refused: {code}" },
};
