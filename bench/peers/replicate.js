// Replicates a PouchDB over HTTP into one on LevelDB here, once for each line on standard input.
// node replicate.js FOLDER URL  →  prints {"ready": true}, then {"documents": n, "seconds": s} for each line.
"use strict";
const readline = require("readline");
const PouchDB = require("pouchdb");

const [folder, url] = process.argv.slice(2);
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function main() {
  const here = new PouchDB(`${folder}/copy`);
  await here.info();
  say({ ready: true });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const begun = process.hrtime.bigint();
    const result = await here.replicate.from(url, JSON.parse(line));
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
    say({ documents: result.docs_written, held: (await here.info()).doc_count, seconds });
  }
  process.exit(0);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
