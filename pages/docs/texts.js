export const TEXTS = {
  "docs.title": { id: "API Simpul", en: "The API of Simpul" },
  "docs.document": { id: "Dokumen OpenAPI", en: "The OpenAPI document" },
  "docs.swap": { id: "Uji tukar", en: "Swap test" },
  "docs.server": { id: "Server halaman ini", en: "The server of this page" },
  "docs.failed": { id: "Dokumen tidak dapat dimuat.", en: "The document could not be loaded." },
};

/** The viewer's own words; what is missing here stays English. */
export const INDONESIAN = {
  menu: {
    menu: "Menu API", filter: "Saring", search: "Cari", overview: "Ikhtisar", "api-servers": "Server API",
    authentication: "Autentikasi", operations: "OPERASI", components: "KOMPONEN", schemas: "Skema", callbacks: "CALLBACK",
  },
  headers: { "api-servers": "SERVER API", authentication: "AUTENTIKASI" },
  overview: { email: "E-mail", "terms-of-service": "Ketentuan layanan" },
  "api-servers": { "server-variables": "VARIABEL SERVER", selected: "DIPILIH" },
  authentication: {
    "auth-header": "Header Authorization", "no-api-key-applied": "Belum ada kunci API", "http-basic": "HTTP Basic",
    "http-basic-desc": "Mengirim <code>header Authorization</code> dengan jenis token <code>Basic</code> dan <code>nama:sandi</code> dalam base64.",
    username: "nama pengguna", password: "kata sandi", requires: "Perlu", "http-basic-note": "nama:sandi dalam base64",
    "in-auth-header": "di header Authorization", set: "PASANG", remove: "HAPUS", clear: "HAPUS SEMUA KUNCI API",
    update: "PERBARUI", get: "AMBIL TOKEN",
  },
  operations: {
    request: "PERMINTAAN", "callback-request": "PERMINTAAN CALLBACK", "request-body": "ISI PERMINTAAN", model: "MODEL", body: "ISI",
    form: "FORMULIR", "request-headers": "HEADER PERMINTAAN", clear: "KOSONGKAN", "clear-response": "HAPUS JAWABAN",
    execute: "JALANKAN", response: "JAWABAN", "response-headers": "HEADER JAWABAN", example: "CONTOH", webhook: "WEBHOOK",
    deprecated: "USANG", "callback-response": "JAWABAN CALLBACK", "response-status": "Status jawaban",
    "fetch-fail": "Permintaan gagal (lihat tab jaringan di browser).", copy: "Salin", copied: "Tersalin",
  },
  parameters: {
    path: "PARAMETER PATH", string: "PARAMETER QUERY", headers: "HEADER PERMINTAAN", cookies: "COOKIE", samples: "CONTOH KODE",
  },
  schemas: { "collapse-desc": "Ciutkan", "expand-desc": "Buka", "schema-missing": "Skema tidak ditemukan" },
};
