// Texts of the page of the claim link.

export const TEXTS = {
  "claim.title": { id: "Jadi admin pertama", en: "Become the first admin" },
  "claim.what": {
    id: "Tautan dari deploy menjadikan satu akun admin proyek ini. Berlaku sekali, selama 24 jam.",
    en: "The link from the deploy makes one account the admin of this project. It works once, for 24 hours.",
  },
  "claim.nolink": {
    id: "Halaman ini perlu tautan lengkap yang dicetak “python3 dev.py deploy”.",
    en: "This page needs the whole link that “python3 dev.py deploy” has printed.",
  },
  "claim.who": { id: "Anda masuk sebagai {name}.", en: "You are signed in as {name}." },
  "claim.take": { id: "Jadikan akun ini admin", en: "Make this account the admin" },
  "claim.other": { id: "Pakai akun lain", en: "Use another account" },
  "claim.email": { id: "Surel Anda", en: "Your e-mail" },
  "claim.name": { id: "Nama Anda", en: "Your name" },
  "claim.way": { id: "Bagaimana Anda akan masuk?", en: "How will you sign in?" },
  "claim.google": { id: "Dengan Google, memakai surel ini", en: "With Google, by this address" },
  "claim.password": { id: "Dengan kata sandi", en: "With a password" },
  "claim.new": { id: "Kata sandi (minimal 10 karakter)", en: "A password (at least 10 characters)" },
  "claim.make": { id: "Jadikan saya admin", en: "Make me the admin" },
  "claim.done": { id: "Akun sudah dibuat", en: "The account is made" },
  "claim.then": {
    id: "Sekarang masuk dengan Google memakai surel yang sama.",
    en: "Now sign in with Google, by the same address.",
  },
  "error.claim_invalid": { id: "Tautan ini tidak dibuat oleh proyek ini. Salin seluruh tautan.", en: "This project did not make this link. Copy the whole link." },
  "error.claim_expired": {
    id: "Tautan ini sudah lewat 24 jam. Jalankan “python3 dev.py deploy” lagi.",
    en: "This link is older than 24 hours. Run “python3 dev.py deploy” again.",
  },
  "error.claim_used": {
    id: "Tautan ini sudah dipakai. Jalankan “python3 dev.py deploy” untuk yang baru.",
    en: "This link was used. Run “python3 dev.py deploy” for a new one.",
  },
  "error.admin_exists": {
    id: "Proyek ini sudah punya admin. Minta peran kepadanya.",
    en: "This project has an admin already. They can give you a role.",
  },
  "error.sign_in_first": {
    id: "Akun dengan surel ini sudah ada. Masuk dahulu, lalu buka tautan ini lagi.",
    en: "There is an account with this e-mail. Sign in first, then open this link again.",
  },
  "error.too_many_claims": { id: "Terlalu banyak tautan salah. Coba lagi nanti.", en: "Too many wrong links. Try again later." },
  "error.domain_not_allowed": { id: "Surel ini bukan alamat kampus yang diizinkan.", en: "This address is not of an allowed domain." },
  "error.address_taken": { id: "Surel ini milik akun lain.", en: "This e-mail belongs to another account." },
  "error.no_address": { id: "Akun ini tidak punya surel.", en: "This account has no e-mail address." },
  "error.address_not_verified": {
    id: "Surel akun ini belum dibuktikan. Masuk dengan Google, atau pakai surel lain.",
    en: "The e-mail of this account is not proved. Sign in with Google, or use another address.",
  },
};
