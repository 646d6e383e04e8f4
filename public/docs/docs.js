// The API for people, made of /openapi.json. All of it goes in as text.

const WORDS = {
  en: {
    title: "The API of Simpul", document: "The OpenAPI document", swap: "Swap test", find: "Find an endpoint", loading: "Loading …",
    failed: "The document could not be loaded.", callers: "Who may call", everybody: "everybody", or: "or", parameters: "Parameters",
    body: "Body", answer: "Answer", refusals: "Refusals", name: "Name", where: "Where", kind: "Kind", required: "required",
    example: "Example", try: "Try it", of: "of", none: "No endpoint is called like this.",
  },
  id: {
    title: "API Simpul", document: "Dokumen OpenAPI", swap: "Uji tukar", find: "Cari endpoint", loading: "Memuat …",
    failed: "Dokumen tidak dapat dimuat.", callers: "Siapa yang boleh memanggil", everybody: "semua orang", or: "atau", parameters: "Parameter",
    body: "Isi permintaan", answer: "Jawaban", refusals: "Penolakan", name: "Nama", where: "Tempat", kind: "Jenis", required: "wajib",
    example: "Contoh", try: "Coba", of: "dari", none: "Tidak ada endpoint dengan nama ini.",
  },
};
const METHODS = ["get", "post", "put", "patch", "delete"];

let language = navigator.language.startsWith("id") ? "id" : "en";
let api;

const word = (name) => WORDS[language][name];

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** What a `$ref` leads to; anything else is itself. */
function resolved(part) {
  if (!part?.$ref) return part;
  return part.$ref.slice(2).split("/").reduce((place, name) => place[name], api);
}

/** A schema in a few words. */
function kind(schema) {
  const found = resolved(schema) ?? {};
  if ("const" in found) return JSON.stringify(found.const);
  if (found.enum) return found.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (found.anyOf) return found.anyOf.map(kind).join(` ${word("or")} `);
  if (found.type === "array") return `array ${word("of")} ${kind(found.items)}`;
  const bounds = [found.minimum, found.maximum].every((bound) => bound === undefined)
    ? "" : ` ${found.minimum ?? ""}…${found.maximum ?? ""}`;
  return `${found.format ?? found.type ?? "any"}${bounds}`;
}

/** Rows of a schema's fields, those within others as `data.items[].ts`. */
function fields(schema, prefix = "", depth = 0) {
  const found = resolved(schema) ?? {};
  if (found.type === "array") return fields(found.items, `${prefix}[]`, depth);
  if (depth > 4) return [];
  return Object.entries(found.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    const is = (found.required ?? []).includes(name);
    return [[path, kind(field), is ? word("required") : ""], ...fields(field, path, depth + 1)];
  });
}

function table(rows, ...heads) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map(([name, ...rest]) =>
    element("tr", {}, element("td", {}, element("code", {}, name)), ...rest.map((text) => element("td", {}, text))));
  return element("div", { class: "scroll" },
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
}

function part(title, ...children) {
  return [element("h3", {}, word(title)), ...children];
}

function content(holder) {
  return holder?.content?.["application/json"];
}

const json = (value) => element("pre", {}, JSON.stringify(value, null, 2));

function callers(operation) {
  const names = (operation.security ?? []).map((one) => Object.keys(one).map((name) => {
    const scheme = api.components.securitySchemes[name];
    return scheme.type === "http" ? "Authorization: Bearer …" : `${scheme.name}: …`;
  }).join(" + ") || word("everybody"));
  return names.length ? names.join(` ${word("or")} `) : word("everybody");
}

/** The call for a terminal, with the example's body. */
function curl(method, path, operation) {
  const query = (operation.parameters ?? []).filter((one) => one.in === "query" && one.required)
    .map((one) => `${one.name}=${one.name.toUpperCase()}`).join("&");
  const asked = (operation.security ?? []).at(-1) ?? {};
  const headers = Object.keys(asked).map((name) => {
    const scheme = api.components.securitySchemes[name];
    return ` \\\n  -H "${scheme.type === "http" ? "Authorization: Bearer ID-TOKEN" : `${scheme.name}: KEY`}"`;
  }).join("");
  const example = content(operation.requestBody)?.example;
  const body = example ? ` \\\n  -d '${JSON.stringify(example)}'` : "";
  return `curl -X ${method.toUpperCase()} "${location.origin}${path}${query ? `?${query}` : ""}"${headers}${body}`;
}

function refusals(operation) {
  const found = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
  return table(found.flatMap(([status, response]) =>
    resolved(response).description.split("\n").map((line) => [status, line.replace(/^- /, "").replaceAll("`", "")])), "Status", word("name"));
}

function operationOf(method, path, operation) {
  const summary = language === "id" ? operation["x-summary-id"] : operation.summary;
  const success = Object.entries(operation.responses).find(([status]) => Number(status) < 400);
  const answer = content(success[1]);
  const sent = content(operation.requestBody);
  const parameters = (operation.parameters ?? []).map((one) =>
    [one.name, one.in, kind(one.schema), one.required ? word("required") : ""]);
  const made = element("details", { id: operation.operationId },
    element("summary", {}, element("span", { class: "method", "data-method": method.toUpperCase() }, method.toUpperCase()),
      " ", element("code", {}, path), " ", element("span", {}, summary)),
    ...part("callers", element("p", {}, callers(operation))));
  if (parameters.length) made.append(...part("parameters", table(parameters, word("name"), word("where"), word("kind"), "")));
  if (sent) {
    made.append(...part("body", table(fields(sent.schema), word("name"), word("kind"), "")));
    if (sent.example) made.append(json(sent.example));
  }
  made.append(...part("answer", element("p", {}, `${success[0]}`)));
  if (answer) made.append(table(fields(answer.schema), word("name"), word("kind"), ""));
  if (answer?.example) made.append(json(answer.example));
  if (Object.keys(operation.responses).length > 1) made.append(...part("refusals", refusals(operation)));
  made.append(...part("try", element("pre", {}, curl(method, path, operation))));
  return made;
}

function groupOf(tag, wanted) {
  const found = Object.entries(api.paths).flatMap(([path, operations]) => METHODS.filter((method) => operations[method]?.tags.includes(tag.name))
    .filter((method) => `${method} ${path} ${operations[method].summary} ${operations[method]["x-summary-id"]}`.toLowerCase().includes(wanted))
    .map((method) => operationOf(method, path, operations[method])));
  if (!found.length) return [];
  return [element("section", { id: tag.name }, element("h2", {}, tag.name), element("p", { class: "quiet" }, tag.description), ...found)];
}

function show() {
  document.documentElement.lang = language;
  for (const place of document.querySelectorAll("[data-text]")) place.textContent = word(place.dataset.text);
  const other = document.getElementById("language");
  other.textContent = language === "id" ? "English" : "Bahasa Indonesia";
  other.lang = language === "id" ? "en" : "id";
  if (!api) return;
  document.getElementById("about").textContent = language === "id" ? api.info["x-description-id"] : api.info.description;
  const wanted = document.getElementById("find").value.trim().toLowerCase();
  const groups = api.tags.flatMap((tag) => groupOf(tag, wanted));
  const none = element("p", {}, word("none"));
  document.getElementById("groups").replaceChildren(...(groups.length ? groups : [none]));
  openNamed();
}

function openNamed() {
  const named = location.hash && document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) { named.open = true; named.scrollIntoView(); }
}

document.getElementById("language").addEventListener("click", () => {
  language = language === "id" ? "en" : "id";
  show();
});
document.getElementById("find").addEventListener("input", show);
addEventListener("hashchange", openNamed);
show();
try {
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(answer.statusText);
  api = await answer.json();
  show();
} catch {
  document.getElementById("groups").replaceChildren(element("p", {}, word("failed")));
}
