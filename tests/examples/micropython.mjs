// Runs a script in MicroPython with a module `main` and a board's network: node micropython.mjs MAIN SCRIPT.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const POST = `
const { url, body, headers } = JSON.parse(require("fs").readFileSync(0, "utf8"));
fetch(url, { method: "POST", body, headers }).then(async (answer) => {
  await answer.text();
  console.log(JSON.stringify({ status: answer.status, headers: Object.fromEntries(answer.headers) }));
}).catch(() => console.log("null"));
`;
const MODULES = {
  "network.py": `
STA_IF = 0
class WLAN:
    def __init__(self, interface): self._is_connected = False
    def active(self, wanted): pass
    def connect(self, name, password): self._is_connected = True
    def isconnected(self): return self._is_connected
`,
  "ntptime.py": "def settime(): pass\n",
  "requests.py": `
import json
import board
class Response:
    def __init__(self, status, headers): self.status_code, self.headers = status, headers
    def close(self): pass
def post(url, data=None, headers={}, timeout=None):
    answer = json.loads(board.post(json.dumps({"url": url, "body": data, "headers": headers})))
    if answer is None:
        raise OSError(-2)
    return Response(answer["status"], answer["headers"])
`,
};

const [main, script] = process.argv.slice(2);
const board = await loadMicroPython({ stdout: (line) => console.log(line), linebuffer: true });
board.registerJsModule("board", { post: (input) => execFileSync(process.execPath, ["-e", POST], { input, encoding: "utf8" }).trim() });
for (const [name, text] of Object.entries({ ...MODULES, "main.py": readFileSync(main, "utf8") })) {
  board.FS.writeFile(`/${name}`, text);
}
board.runPython("import sys; sys.path.append('/')");
board.runPython(readFileSync(script, "utf8"));
