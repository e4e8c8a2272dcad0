"""The manifests of deploy/ hold together, and say what Sidegate understands.

Expects SIDEGATE to name the binary. Kustomize is not needed: what the overlay uses of it
(resources, images, a ConfigMap generator, patches that merge) is worked out here, and
anything else in a kustomization is refused.
"""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OVERLAY = DEPLOY / "kubernetes/overlays/configmap"
EXAMPLE = ROOT / "examples/whatsapp-crm"
SIDEGATE = os.environ["SIDEGATE"]

NOBODY = 65532
# What the application is given to stop in, before Sidegate is told to.
APPLICATION_SECONDS = 20


class OneKeyOnce(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"twice: {twice}", node.start_mark)
        return super().construct_mapping(node, deep)


def read(path):
    """The one document of a file."""
    return yaml.load(path.read_text(), Loader=OneKeyOnce)


def merge(base, patch):
    """Kubernetes' strategic merge, as far as names go: lists of named things merge by name."""
    if isinstance(base, dict) and isinstance(patch, dict):
        return base | {key: merge(base.get(key), value) for key, value in patch.items()}
    named = isinstance(base, list) and isinstance(patch, list) and all("name" in one for one in base + patch)
    if named:
        merged = {one["name"]: one for one in base}
        for one in patch:
            merged[one["name"]] = merge(merged.get(one["name"]), one)
        return list(merged.values())
    return patch


def built(folder):
    """What `kubectl kustomize` would print, as objects."""
    kustomization = read(folder / "kustomization.yaml")
    known = {"apiVersion", "kind", "resources", "images", "configMapGenerator", "patches"}
    assert set(kustomization) <= known, set(kustomization) - known
    objects = []
    for resource in kustomization["resources"]:
        path = (folder / resource).resolve()
        objects += built(path) if path.is_dir() else [read(path)]
    for generator in kustomization.get("configMapGenerator", []):
        assert generator["options"] == {"disableNameSuffixHash": True}, generator["options"]
        data = {}
        for file in generator["files"]:
            key, path = file.split("=")
            # Kustomize reads nothing from outside its folder.
            assert (folder / path).resolve().is_relative_to(folder.resolve()), path
            data[key] = (folder / path).read_text()
        metadata = {"name": generator["name"]}
        objects.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    for entry in kustomization.get("patches", []):
        patch = read(folder / entry["path"])
        meant = [one for one in objects if same(one, patch)]
        assert len(meant) == 1, entry
        objects[objects.index(meant[0])] = merge(meant[0], patch)
    for image in kustomization.get("images", []):
        for container in (one for object in objects for one in containers(object)):
            if container["image"] == image["name"]:
                container["image"] = f"{image['newName']}:{image['newTag']}"
    return objects


def same(one, other):
    return one["kind"] == other["kind"] and one["metadata"]["name"] == other["metadata"]["name"]


def containers(object):
    pod = object.get("spec", {}).get("template", {}).get("spec", {})
    return pod.get("initContainers", []) + pod.get("containers", [])


def named(things, name):
    found = [one for one in things if one["name"] == name]
    assert len(found) == 1, (name, things)
    return found[0]


def flag(args, name):
    """What follows a flag in a command line."""
    return args[args.index(name) + 1]


def sidegate(*args):
    return subprocess.run([SIDEGATE, *args], capture_output=True, text=True, cwd=ROOT)


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(ms|s|m)", text).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60}[unit]


class Manifests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.objects = built(OVERLAY)
        [cls.deployment] = [one for one in cls.objects if one["kind"] == "Deployment"]
        [cls.configmap] = [one for one in cls.objects if one["kind"] == "ConfigMap"]
        cls.pod = cls.deployment["spec"]["template"]["spec"]
        cls.sidecar = named(cls.pod["initContainers"], "sidegate")
        cls.app = named(cls.pod["containers"], "app")

    def volume_at(self, container, path):
        """The name of the volume that a path of a container is on."""
        mounts = [mount for mount in container["volumeMounts"] if Path(path).is_relative_to(mount["mountPath"])]
        self.assertEqual(len(mounts), 1, path)
        return mounts[0]["name"]

    def test_every_file_is_yaml(self):
        files = [*DEPLOY.rglob("*.yaml"), *DEPLOY.rglob("*.yml")]
        self.assertGreater(len(files), 7)
        for path in files:
            self.assertIsInstance(read(path), dict, path)

    def test_every_mount_is_a_volume_and_every_volume_is_mounted(self):
        mounts = [mount for one in containers(self.deployment) for mount in one["volumeMounts"]]
        volumes = [volume["name"] for volume in self.pod["volumes"]]
        self.assertEqual(sorted({mount["name"] for mount in mounts}), sorted(volumes))
        for mount in mounts:
            self.assertNotIn("subPath", mount, "what is mounted by subPath never changes")

    def test_it_selects_its_own_pods(self):
        labels = self.deployment["spec"]["template"]["metadata"]["labels"]
        selected = self.deployment["spec"]["selector"]["matchLabels"]
        self.assertEqual(labels, labels | selected)

    def test_every_image_is_pinned(self):
        for container in containers(self.deployment):
            self.assertRegex(container["image"], r"^registry\.example\.com/[a-z]+:[0-9.]+$")

    def test_sidegate_is_a_native_sidecar(self):
        self.assertEqual(self.sidecar["restartPolicy"], "Always")

    def test_both_containers_meet_at_one_socket(self):
        address = flag(self.sidecar["args"], "--listen")
        path = address.removeprefix("unix:")
        self.assertNotEqual(path, address, "a Unix socket is meant")
        env = named(self.app["env"], "SIDEGATE_ADDRESS")
        self.assertEqual(env["value"], address)
        volume = self.volume_at(self.sidecar, path)
        self.assertEqual(self.volume_at(self.app, path), volume)
        self.assertIn("emptyDir", named(self.pod["volumes"], volume))
        for container in (self.sidecar, self.app):
            [mount] = [mount for mount in container["volumeMounts"] if mount["name"] == volume]
            self.assertEqual(mount["mountPath"], str(Path(path).parent))
            self.assertEqual(mount.get("readOnly", False), container is self.app)

    def test_the_probes_ask_where_it_answers(self):
        host, port = flag(self.sidecar["args"], "--probe-listen").rsplit(":", 1)
        self.assertEqual(host, "0.0.0.0", "the kubelet asks at the pod's address")
        self.assertEqual(named(self.sidecar["ports"], "probes")["containerPort"], int(port))
        asked = {probe: self.sidecar[probe]["httpGet"] for probe in self.sidecar if probe.endswith("Probe")}
        paths = {"startupProbe": "/readyz", "readinessProbe": "/readyz", "livenessProbe": "/livez"}
        self.assertEqual({probe: get["path"] for probe, get in asked.items()}, paths)
        self.assertEqual({get["port"] for get in asked.values()}, {"probes"})

    def test_nothing_can_be_gained_from_inside(self):
        self.assertIs(self.pod["automountServiceAccountToken"], False)
        pod = self.pod["securityContext"]
        self.assertIs(pod["runAsNonRoot"], True)
        self.assertEqual(pod["seccompProfile"], {"type": "RuntimeDefault"})
        for container in containers(self.deployment):
            context = container["securityContext"]
            self.assertGreater(context["runAsUser"], 0)
            self.assertIs(context["allowPrivilegeEscalation"], False)
            self.assertIs(context["readOnlyRootFilesystem"], True)
            self.assertEqual(context["capabilities"], {"drop": ["ALL"]})
            resources = container["resources"]
            self.assertEqual(resources["requests"]["memory"], resources["limits"]["memory"])
        self.assertEqual(self.sidecar["securityContext"]["runAsUser"], NOBODY)
        # The socket is for its group, and every container of the pod is in this one.
        self.assertEqual(self.sidecar["securityContext"]["runAsGroup"], pod["fsGroup"])
        [policy] = [mount for mount in self.sidecar["volumeMounts"] if mount["name"] == "policy"]
        self.assertIs(policy["readOnly"], True)

    def test_the_program_takes_these_arguments_and_stops_within_the_grace_period(self):
        printed = sidegate(*self.sidecar["args"], "--print-config")
        self.assertEqual(printed.returncode, 0, printed.stderr)
        config = yaml.load(printed.stdout, Loader=OneKeyOnce)
        self.assertEqual(config["policy"], self.sidecar["volumeMounts"][0]["mountPath"])
        self.assertEqual(config["probes"], flag(self.sidecar["args"], "--probe-listen"))
        addresses = [listener["address"] for listener in config["listeners"]]
        self.assertEqual(addresses, [flag(self.sidecar["args"], "--listen")])
        drain = sum(seconds(span) for span in config["drain"].values())
        self.assertGreater(self.pod["terminationGracePeriodSeconds"], APPLICATION_SECONDS + drain)

    def test_the_policy_is_the_example(self):
        policy = OVERLAY / "policy"
        files = sorted(path.relative_to(policy) for path in policy.rglob("*.yaml"))
        served = [path.relative_to(EXAMPLE) for path in EXAMPLE.rglob("*.yaml")]
        self.assertEqual(files, sorted(path for path in served if path.parts[0] != "tests"))
        for file in files:
            lines = (EXAMPLE / file).read_text().splitlines(keepends=True)
            # The way to the schema is another one from here.
            kept = [line for line in lines if not line.startswith("# yaml-language-server:")]
            self.assertEqual((policy / file).read_text(), "".join(kept), file)

    def test_the_policy_loads_as_the_kubelet_lays_it_out(self):
        source = named(self.pod["volumes"], "policy")["configMap"]
        self.assertEqual(source["name"], self.configmap["metadata"]["name"])
        data = self.configmap["data"]
        self.assertEqual(sorted(item["key"] for item in source["items"]), sorted(data))
        self.assertLess(sum(map(len, data.values())), 1 << 20, "a ConfigMap holds 1 MiB")
        for key in data:
            self.assertRegex(key, r"^[-._a-zA-Z0-9]{1,253}$")
        with tempfile.TemporaryDirectory(prefix="sidegate-deploy-") as folder:
            volume = Path(folder)
            # A folder of its own for each version, and links to it through one that is swapped.
            version = volume / "..2026_11_24_09_00_00.1"
            for item in source["items"]:
                path = version / item["path"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(data[item["key"]])
            (volume / "..data").symlink_to(version.name)
            for top in {Path(item["path"]).parts[0] for item in source["items"]}:
                (volume / top).symlink_to(f"..data/{top}")

            validated = sidegate("validate", folder)
            self.assertEqual(validated.returncode, 0, validated.stdout + validated.stderr)
            who = ["--tenant", "acme", "--principal", "user:rita"]
            asked = ["--action", "view", "--resource", "pipeline:inbound"]
            self.assertEqual(sidegate("check", "--policy", folder, *who, *asked).returncode, 0)

    def test_the_image_builds_with_what_the_crate_asks_for(self):
        cargo = (ROOT / "Cargo.toml").read_text()
        [version] = re.findall(r'^rust-version = "([0-9.]+)"$', cargo, re.MULTILINE)
        [binary] = re.findall(r'^default-run = "([a-z]+)"$', cargo, re.MULTILINE)
        dockerfile = (DEPLOY / "Dockerfile").read_text()
        self.assertIn(f"FROM rust:{version}-bookworm AS build", dockerfile)
        [profile] = re.findall(r"--profile (\w+)", dockerfile)
        self.assertIn(f"\n[profile.{profile}]\n", cargo)
        self.assertIn(f"COPY --from=build /src/target/{profile}/{binary} ", dockerfile)
        self.assertIn(f"USER {NOBODY}:{NOBODY}", dockerfile)


if __name__ == "__main__":
    unittest.main()
