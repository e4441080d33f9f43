import assert from "node:assert/strict";
import { RunLog } from "../../lib/runs/run_log.ts";
import { withFolder } from "../cli/run.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("the logs of calls of one run that go on side by side are one file, in which nothing is lost", () =>
  withFolder({ "logs/tesseract.log": "of a run before" }, async (folder) => {
    const text = () => Deno.readTextFileSync(`${folder}/logs/tesseract.log`);
    const [first, second] = [new RunLog(folder), new RunLog(folder)];
    await first.write(bytes("first a\n"));
    await second.write(bytes("second a\n"));
    await first.write(bytes("first b\n"));
    await first.end();
    await second.write(bytes("second b\n"));
    assert.equal(text(), "first a\nsecond a\nfirst b\nsecond b\n");
    await second.end();

    const third = new RunLog(folder);
    await third.write(bytes("third\n"));
    await third.end();
    assert.equal(text(), "third\n");
  }));
