/**
 * What the autoscalers in deploy/ ask Prometheus for, asked of a real one that reads two servers. Needs `prometheus` on
 * the PATH.
 */
import { freePort } from "../free_port.ts";
import { Program } from "../http/program.ts";
import { until } from "../until.ts";

const queries = async (): Promise<string[]> =>
  await Promise.all(["queue.yaml", "kserve_queue.yaml"].map(async (name) => {
    const text = await Deno.readTextFile(new URL(`../../deploy/${name}`, import.meta.url));
    return /^ *query: (.*)$/m.exec(text)![1]!;
  }));

const metric = async (url: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^tesseract_queue_length (\S+)$/m.exec(text)![1]);
};

Deno.test("Prometheus tells the autoscalers how many calls wait, in all copies together", async () => {
  const folder = await Deno.makeTempDir();
  await using first = new Program({});
  await using second = new Program({});
  const urls = await Promise.all([first.url(), second.url()]);
  const port = freePort();
  // The labels that Prometheus gives the metrics of a pod are those of the pod.
  const config = `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: kubernetes-pods
    static_configs:
      - targets: [${urls.map((url) => new URL(url).host).join(", ")}]
        labels: { app_kubernetes_io_name: vectoradd, serving_kserve_io_inferenceservice: vectoradd }
`;
  await Deno.writeTextFile(`${folder}/prometheus.yml`, config);
  const prometheus = new Deno.Command("prometheus", {
    args: [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const ask = async (query: string): Promise<number | undefined> => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?${new URLSearchParams({ query })}`);
      const { data } = await response.json();
      return data?.result?.[0] && Number(data.result[0].value[1]);
    } catch {
      return undefined; // it has not begun to listen
    }
  };
  const stop = new AbortController();
  try {
    for (const query of await queries()) {
      await until(`"${query}" is 0 where no call waits`, async () => await ask(query) === 0, 60);
    }
    const body = JSON.stringify({ inputs: { x: [1], mode: "sleep", ms: 300_000 } });
    const calls = urls.flatMap((url, i) =>
      Array.from(
        { length: 4 + i },
        () => fetch(`${url}/apply`, { method: "POST", body, signal: stop.signal }).then(() => {}, () => {}),
      )
    );
    // One is computed by each, the others wait.
    await until("all calls but two wait", async () => (await Promise.all(urls.map(metric))).join() === "3,4", 60);
    for (const query of await queries()) {
      await until(`"${query}" is 7`, async () => await ask(query) === 7, 60);
    }
    stop.abort();
    await Promise.all(calls);
    for (const query of await queries()) {
      await until(`"${query}" is 0 again`, async () => await ask(query) === 0, 60);
    }
  } finally {
    stop.abort();
    prometheus.kill("SIGKILL");
    await prometheus.status;
    await Deno.remove(folder, { recursive: true });
  }
});
