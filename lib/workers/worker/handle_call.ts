/**
 * A worker's answer to one call: the pipeline, and its outcome in the terms of HTTP.
 * @module
 */
import { describeThrown, userFrames } from "../../api/stack.ts";
import type { TesseractModule } from "../../api/tesseract.ts";
import { BadResult } from "../../endpoints/bad_result.ts";
import type { Operation } from "../../endpoints/endpoint.ts";
import { answer } from "../../endpoints/pipeline.ts";
import { importLater } from "../../import_later.ts";
import { CallReport } from "../../runs/call_report.ts";
import { eventWriter } from "../../runs/run_events.ts";
import { RunContext, type RunPlaces } from "../../runs/run_context.ts";
import type { FoundFaults } from "../../schema/faults.ts";
import { faultJson } from "../../schema/messages.ts";
import { BadEncoding, BodyAborted, BodyTooLarge } from "../body_errors.ts";
import { gunzip } from "./gunzip.ts";
import type { AnswerHead, CallHead, DocumentHead, WorkerSettings } from "../protocol/messages.ts";
import type { CallAnswer } from "./outgoing_answers.ts";
import type { Handle } from "./serve_calls.ts";

type Documents = typeof import("../../endpoints/documents.ts");

/** Where the files of all runs are. */
export const placesOf = ({ inputPath, outputPath, allowRemoteInputs }: WorkerSettings): RunPlaces => ({
  inputPath,
  allowed: allowRemoteInputs,
  outputBase: outputPath,
  keep: true,
});

/** Answers the calls of a module's endpoints. */
export function createHandler(
  module: TesseractModule,
  endpoints: ReadonlyMap<string, Operation>,
  settings: WorkerSettings,
): Handle {
  const reports = settings.profiling || settings.tracing;
  const places = placesOf(settings);
  return async (headText, body, signal) => {
    const head = JSON.parse(headText) as CallHead | DocumentHead;
    if ("document" in head) {
      try {
        const { makeDocument } = await importLater<Documents>("endpoints/documents.ts");
        return jsonAnswer(200, await makeDocument(head.document, module, settings));
      } catch (error) {
        return failure(error, module, settings.debug);
      }
    }
    const placesOfCall = head.inputPath === undefined ? places : { ...places, inputPath: head.inputPath };
    const events = head.events === undefined ? undefined : eventWriter(head.events);
    const context = new RunContext(head.runId, placesOfCall, `run_${head.runId}`, signal, events);
    const report = reports ? new CallReport(head.endpoint, settings) : undefined;
    try {
      const outcome = await answer(module, {
        endpoint: endpoints.get(head.endpoint)!,
        body: head.gzip ? gunzip(body, settings.maxBodySize) : body,
        bodyFormat: head.bodyFormat,
        format: head.format,
        compression: head.compression,
        context,
        report,
      });
      report?.print();
      if (outcome.status === "invalid") return invalid(outcome);
      if (outcome.status === "failed") return failure(outcome.error, module, settings.debug);
      return { head: JSON.stringify({ status: 200, contentType: outcome.format.mediaType }), chunks: outcome.chunks };
    } catch (error) {
      if (error instanceof BodyAborted) throw error;
      if (error instanceof BadEncoding) return jsonAnswer(400, { detail: `The content encoding: ${error.message}` });
      if (error instanceof BodyTooLarge) return jsonAnswer(413, { detail: error.message });
      return failure(error, module, settings.debug);
    } finally {
      if (context.hasFolder || events !== undefined) await context.end();
      events?.close();
    }
  };
}

function invalid({ faults, omitted }: FoundFaults): CallAnswer {
  const detail = faults.map((fault) => faultJson(fault, ["body"]));
  return jsonAnswer(422, omitted === 0 ? { detail } : { detail, omitted });
}

/** The error is printed to stderr. The client is told only that there was one, except with `--debug`. */
function failure(error: unknown, module: TesseractModule, debug: boolean): CallAnswer {
  const words = describeThrown(error);
  const full = error instanceof Error ? error.stack ?? words : words;
  const log = debug ? full : error instanceof BadResult ? words : userFrames(error, module.file);
  const detail = "Internal Server Error";
  return jsonAnswer(500, debug ? { detail, message: words, stack: full } : { detail }, log);
}

const encoder = new TextEncoder();
/** In characters: a head must fit into one small frame. */
const LONGEST_LOG = 1 << 16;

function jsonAnswer(status: number, value: unknown, log?: string): CallAnswer {
  const head: AnswerHead = {
    status,
    contentType: "application/json",
    ...log === undefined ? {} : { log: log.slice(0, LONGEST_LOG) },
  };
  const text = JSON.stringify(value, (_key, item) => typeof item === "bigint" ? String(item) : item);
  return { head: JSON.stringify(head), chunks: [encoder.encode(text)] };
}
