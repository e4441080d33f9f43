/**
 * A Slurm cluster of one machine for tests: Debian's slurm-wlm and munge, without systemd. It needs root.
 * @module
 */
import { freePort } from "../free_port.ts";
import { endChild, removeFolder } from "../program.ts";
import { until } from "../until.ts";

/** A running cluster. */
export interface Slurm extends AsyncDisposable {
  /** What its commands need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs one of its commands, and returns what that prints. */
  command(name: string, ...args: readonly string[]): Promise<string>;
  /** The controller ends, and another one goes on from its saved state. */
  restartController(): Promise<void>;
}

/** Four processors, so that an array of four tasks runs at a time, however many the machine has. */
const config = (folder: string, controllerPort: number, port: number) => `
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmdPort=${port}
SlurmUser=root
AuthInfo=socket=${folder}/socket/munge
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
KillWait=5
MinJobAge=86400
NodeName=localhost NodeAddr=127.0.0.1 CPUs=4
PartitionName=cpu Nodes=localhost Default=YES MaxTime=INFINITE State=UP
`;

/** Starts a cluster, and waits until its node takes jobs. */
export async function startSlurm(): Promise<Slurm> {
  const folder = await Deno.makeTempDir({ prefix: "slurm-" });
  // munge looks at all folders above its socket, which others must be able to reach.
  await Deno.chmod(folder, 0o755);
  await Promise.all(["state", "spool"].map((name) => Deno.mkdir(`${folder}/${name}`)));
  const children: Deno.ChildProcess[] = [];
  const env = { SLURM_CONF: `${folder}/slurm.conf` };
  const start = (program: string, ...args: readonly string[]) => {
    const child = new Deno.Command(program, { args: [...args], env, stdin: "null", stdout: "null", stderr: "null" })
      .spawn();
    children.push(child);
    return child;
  };
  const end = (child: Deno.ChildProcess) => endChild(child, "SIGTERM");
  const startController = () => start("slurmctld", "-D");
  const command = async (name: string, ...args: readonly string[]) => {
    const { success, stdout, stderr } = await new Deno.Command(name, { args: [...args], env }).output();
    if (!success) throw new Error(`${name} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  };

  await startMunge(folder, start);
  await Deno.writeTextFile(env.SLURM_CONF, config(folder, freePort(), freePort()));
  let controller = startController();
  start("slurmd", "-D", "-N", "localhost");
  const isIdle = async () => /^idle/m.test(await command("sinfo", "-h", "-o", "%T").catch(() => ""));
  await until("the node of the cluster is idle", isIdle, 180);
  return {
    env,
    command,
    async restartController() {
      await end(controller);
      controller = startController();
      await until("the controller answers again", () => command("squeue").then(() => true, () => false), 180);
    },
    async [Symbol.asyncDispose]() {
      await command("scancel", "--state=PENDING", "-u", "root").catch(() => {});
      await command("scancel", "-u", "root").catch(() => {});
      await until("no job runs", async () => await command("squeue", "-h").catch(() => "") === "", 180);
      // The first one last: the others need its credentials to end.
      for (const child of children.reverse()) await end(child);
      await removeFolder(folder);
    },
  };
}

/** By its own user, which the package has made: it refuses to be root. */
async function startMunge(
  folder: string,
  start: (program: string, ...args: readonly string[]) => Deno.ChildProcess,
): Promise<void> {
  for (const name of ["munge", "socket"]) await Deno.mkdir(`${folder}/${name}`);
  await Deno.writeFile(`${folder}/munge/key`, crypto.getRandomValues(new Uint8Array(1024)), { mode: 0o400 });
  const { success } = await new Deno.Command("chown", {
    args: ["-R", "munge:munge", `${folder}/munge`, `${folder}/socket`],
  })
    .output();
  if (!success) throw new Error("there is no user munge: is Debian's package munge installed, and is this root?");
  await Deno.chmod(`${folder}/munge`, 0o700);
  const files = ["key-file=key", "pid-file=pid", "log-file=log", "seed-file=seed"].map((option) => {
    const [name, file] = option.split("=");
    return `--${name}=${folder}/munge/${file}`;
  });
  const user = ["--reuid=munge", "--regid=munge", "--clear-groups"];
  start("setpriv", ...user, "munged", "-F", `--socket=${folder}/socket/munge`, ...files);
  await until("munge listens", () => Deno.stat(`${folder}/socket/munge`).then(() => true, () => false));
}
