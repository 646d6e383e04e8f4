export const TEXTS = {
  "checkin.title": { id: "Presensi", en: "Check in" },
  "checkin.how": {
    id: "Pindai kode di layar, atau ketik.",
    en: "Scan the code on the screen, or type it.",
  },
  "scan.title": { id: "Kamera", en: "Camera" },
  "scan.video": { id: "Gambar kamera", en: "The camera's picture" },
  "scan.start": { id: "Pindai dengan kamera", en: "Scan with the camera" },
  "scan.stop": { id: "Hentikan kamera", en: "Stop the camera" },
  "scan.user": {
    id: "Isi NIM Anda dahulu, lalu pindai.",
    en: "Fill in your student ID first, then scan.",
  },
  "scan.none": {
    id: "Browser ini tidak memberi kamera (perlu https). Ketik kodenya, atau pakai aplikasi kamera ponsel.",
    en: "This browser gives no camera (it needs https). Type the code, or use the phone's own camera app.",
  },
  "scan.refused": {
    id: "Kamera tidak diizinkan. Izinkan di pengaturan browser, atau ketik kodenya.",
    en: "The camera was not allowed. Allow it in the browser's settings, or type the code.",
  },
  "scan.missing": { id: "Kamera tidak ditemukan. Ketik kodenya.", en: "No camera was found. Type the code." },
  "scan.session": {
    id: "Kode terbaca. Pilih sesinya, lalu kirim.",
    en: "The code was read. Choose its session, then send.",
  },
  "type.title": { id: "Atau ketik", en: "Or type it" },
  "type.user": { id: "NIM", en: "Student ID (NIM)" },
  "type.open": { id: "Sesi yang terbuka", en: "Open session" },
  "type.other": { id: "Lainnya …", en: "Another one …" },
  "type.course": { id: "Kelas", en: "Course" },
  "type.session": { id: "Sesi", en: "Session" },
  "type.code": { id: "Kode", en: "Code" },
  "type.submit": { id: "Kirim presensi", en: "Check in" },

  "answer.sending": { id: "Mengirim …", en: "Sending …" },
  "answer.good": { id: "Anda tercatat hadir", en: "You are checked in" },
  "answer.proof": { id: "{user} · {course} / {session} · bukti {proof}", en: "{user} · {course} / {session} · receipt {proof}" },
  "answer.bad": { id: "Belum tercatat", en: "Not checked in" },
  "answer.waiting": { id: "Belum terkirim", en: "Not sent yet" },
  "answer.kept": {
    id: "Tidak ada jaringan. Tersimpan di ponsel ini dan dikirim sendiri begitu ada jaringan.",
    en: "There is no network. It is kept on this phone, and sent by itself once there is one.",
  },
  "answer.unkept": {
    id: "Tidak ada jaringan, dan browser ini tidak menyimpan apa pun. Biarkan halaman ini terbuka.",
    en: "There is no network, and this browser keeps nothing. Leave this page open.",
  },
  "queue.title": { id: "Belum tercatat", en: "Not recorded yet" },
  "queue.what": {
    id: "Ini baru ada di ponsel ini. Dikirim sendiri begitu ada jaringan.",
    en: "These are on this phone only. Each is sent by itself once there is a network.",
  },
  "queue.left": {
    id: "Kode berlaku paling lama {seconds} detik lagi.",
    en: "The code is good for {seconds} seconds more at most.",
  },
  "queue.late": {
    id: "Waktu kode ini sudah habis. Bila percobaan pertama belum sampai, Anda tidak tercatat: pindai kode baru di layar.",
    en: "This code's time is over. Unless the first attempt has arrived you are not recorded: scan the new code on the screen.",
  },
  "queue.drop": { id: "Hapus", en: "Remove" },
};
