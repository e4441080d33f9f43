"""The manifests in deploy/ against the published schemas: `python deploy_test.py FOLDER`, where FOLDER is what schemas.sh prints."""

import copy
import re
import sys
from pathlib import Path

import kubernetes_validate
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ["1.33", "1.34", "1.35", "1.36", "1.37"]

sys.dont_write_bytecode = True  # of the file that is imported here, in the folder of the tests
sys.path.insert(0, str(ROOT / "tests"))
from checks import check, finish  # noqa: E402


def load(name: str) -> list[dict]:
    return list(yaml.safe_load_all((ROOT / "deploy" / name).read_text()))


def faults(resource: dict, version: str) -> list[str]:
    try:
        kubernetes_validate.validate(resource, version, strict=True)
        return []
    except kubernetes_validate.ValidationError as error:
        return [str(error)]


def closed(schema: dict) -> dict:
    """The schema as the API server reads it when asked to be strict: a field that it does not name is a mistake."""
    schema = dict(schema)
    if "properties" in schema:
        schema["properties"] = {name: closed(inner) for name, inner in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            schema.setdefault("additionalProperties", False)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            schema[key] = closed(schema[key])
    return schema


# Kubernetes

resources = {resource["kind"]: resource for resource in load("kubernetes.yaml")}
check("kubernetes.yaml has all kinds", set(resources) ==
      {"Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler"}, list(resources))
for version in VERSIONS:
    for kind, resource in resources.items():
        found = faults(resource, version)
        check(f"{kind} fits the schema of Kubernetes {version}", not found, found)

deployment = resources["Deployment"]
pod = deployment["spec"]["template"]["spec"]
container = pod["containers"][0]

misspelt = copy.deepcopy(deployment)
misspelt["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = container["readinessProbe"]
check("a misspelt field is found", faults(misspelt, VERSIONS[-1]))

labels = deployment["spec"]["template"]["metadata"]["labels"].items()
check("what is selected is there", all(
    selector.items() <= labels
    for selector in (
        deployment["spec"]["selector"]["matchLabels"],
        resources["Service"]["spec"]["selector"],
        resources["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    )
))
check("the autoscaler's target is there",
      resources["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"])
check("the service leads to a port of the container",
      resources["Service"]["spec"]["ports"][0]["targetPort"] in {port["name"] for port in container["ports"]})

grace = int(re.search(r"gracePeriod: ([\d_]+)", (ROOT / "lib/http/limits.ts").read_text())[1].replace("_", "")) / 1000
before = int(container["args"][container["args"].index("--drain-delay") + 1])
check("the pod has time for the server's grace period",
      pod["terminationGracePeriodSeconds"] >= before + grace + 5, (before, grace))

dockerfile = (ROOT / "examples/vectoradd/Dockerfile").read_text()
uid, gid = map(int, re.search(r"^USER (\d+):(\d+)$", dockerfile, re.MULTILINE).groups())
check("the pod's user is the image's",
      (pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsGroup"]) == (uid, gid))
check("the output folder of the image is a volume",
      container["volumeMounts"][0]["mountPath"] == re.search(r"TESSERACT_OUTPUT_PATH=(\S+)", dockerfile)[1])

def definition(name: str) -> tuple[dict, Draft202012Validator]:
    """What a project publishes of a kind of its own, with what fits it."""
    spec = yaml.safe_load((Path(sys.argv[1]) / name).read_text())["spec"]
    [version] = [version for version in spec["versions"] if version["served"]]
    kind = {"apiVersion": f"{spec['group']}/{version['name']}", "kind": spec["names"]["kind"]}
    return kind, Draft202012Validator(closed(version["schema"]["openAPIV3Schema"]))


def crd_faults(resource: dict, validator: Draft202012Validator) -> list[str]:
    # The API server knows what is in `metadata` itself.
    metadata = resource["metadata"]
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors({**resource, "metadata": {}})] + [
        key for key in metadata if key not in {"name", "namespace", "labels", "annotations"}
    ]


# KServe

[service] = load("kserve.yaml")
kind, validator = definition("inferenceservices.yaml")
check("InferenceService is the kind that KServe defines", kind.items() <= service.items(), kind)
found = crd_faults(service, validator)
check("InferenceService fits KServe's definition", not found, found)
misspelt = copy.deepcopy(service)
misspelt["spec"]["predictor"]["containers"][0]["readynessProbe"] = {}
check("a misspelt field is found there too", crd_faults(misspelt, validator))
misspelt = copy.deepcopy(service)
misspelt["spec"]["predictor"]["minReplicas"] = "2"
check("and a text for a number", crd_faults(misspelt, validator))

predictor = service["spec"]["predictor"]
check("its container is the deployment's", {**predictor["containers"][0], "name": container["name"]} == container)
check("and so is its pod", all(
    predictor[key] == pod[key]
    for key in ("securityContext", "volumes", "terminationGracePeriodSeconds", "enableServiceLinks",
                "automountServiceAccountToken")
))
autoscaler = resources["HorizontalPodAutoscaler"]["spec"]
check("it has as many copies",
      (predictor["minReplicas"], predictor["maxReplicas"]) == (autoscaler["minReplicas"], autoscaler["maxReplicas"]))

# The queue

[scaled] = load("queue.yaml")
kind, scaled_validator = definition("scaledobjects.yaml")
check("ScaledObject is the kind that KEDA defines", kind.items() <= scaled.items(), kind)
found = crd_faults(scaled, scaled_validator)
check("ScaledObject fits KEDA's definition", not found, found)
misspelt = copy.deepcopy(scaled)
misspelt["spec"]["maxReplicas"] = 10
check("a misspelt field is found there too", crd_faults(misspelt, scaled_validator))
check("it scales the deployment", scaled["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"])
check("to as many copies as the other autoscaler",
      (scaled["spec"]["minReplicaCount"], scaled["spec"]["maxReplicaCount"]) ==
      (autoscaler["minReplicas"], autoscaler["maxReplicas"]))


def merged(value: object, patch: object) -> object:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(value) if isinstance(value, dict) else {}
    for key, part in patch.items():
        if part is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), part)
    return result


[patch] = load("kserve_queue.yaml")
patched = merged(service, patch)
found = crd_faults(patched, validator)
check("InferenceService with its patch fits KServe's definition", not found, found)
check("the patch leaves the container alone", patched["spec"]["predictor"]["containers"] == predictor["containers"])
annotations = deployment["spec"]["template"]["metadata"]["annotations"]
check("Prometheus is told the same of its pods", patched["spec"]["predictor"]["annotations"] == annotations)
external = patched["spec"]["predictor"]["autoScaling"]["metrics"][0]["external"]
trigger = scaled["spec"]["triggers"][0]
check("both ask the same Prometheus for the same, and scale alike",
      (external["metric"]["serverAddress"], external["target"]["value"], external["target"]["type"],
       re.sub(r"\{\w+=", "{", external["metric"]["query"])) ==
      (trigger["metadata"]["serverAddress"], trigger["metadata"]["threshold"], trigger["metricType"],
       re.sub(r"\{\w+=", "{", trigger["metadata"]["query"])))

finish()
