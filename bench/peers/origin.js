// A PouchDB on LevelDB behind HTTP, filled with the documents of a file (one JSON object a line).
// node origin.js FOLDER DOCUMENTS prints {"port": …} once all are stored; for each line on standard input, a JSON list of
// documents, it stores these too and prints {"stored": n}.
"use strict";
const fs = require("fs");
const readline = require("readline");
const express = require("express");
const PouchDB = require("pouchdb");
const pouch = require("express-pouchdb");

const [folder, file] = process.argv.slice(2);
const Local = PouchDB.defaults({ prefix: `${folder}/` });
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function store(db, documents) {
  for (let start = 0; start < documents.length; start += 500) {
    const answers = await db.bulkDocs(documents.slice(start, start + 500));
    const failed = answers.find((answer) => answer.error);
    if (failed) throw new Error(`not stored: ${failed.message}`);
  }
}

async function main() {
  const db = new Local("records");
  await store(db, fs.readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line)));
  const app = express();
  app.use("/", pouch(Local, { mode: "minimumForPouchDB", inMemoryConfig: true, logPath: `${folder}/log.txt` }));
  const server = app.listen(0, "127.0.0.1", () => say({ port: server.address().port }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const documents = JSON.parse(line);
    const held = await db.allDocs({ keys: documents.map((document) => document._id) });
    const revisions = new Map(held.rows.filter((row) => row.value).map((row) => [row.id, row.value.rev]));
    await store(db, documents.map((one) => (revisions.has(one._id) ? { ...one, _rev: revisions.get(one._id) } : one)));
    say({ stored: documents.length });
  }
  process.exit(0);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
