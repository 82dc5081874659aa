# SPDX-License-Identifier: Apache-2.0
"""Manifests in one line each, for the namespace tests."""


def meta(full_name, labels=None):
    namespace, name = full_name.split("/")
    return {"namespace": namespace, "name": name, "labels": labels or {}}


def pod_manifest(pod, labels, ports=()):
    """`pod` is a lab pod or "ns/name"; ports: (name, number, protocol)."""
    name = pod if isinstance(pod, str) else pod.name
    spec = {"containers": [{"name": "c", "image": "none", "ports": [
        {"name": n, "containerPort": p, "protocol": q} for n, p, q in ports]}]}
    if not isinstance(pod, str):
        spec["nodeName"] = pod.node.name
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta(name, labels), "spec": spec}


def service(full_name, ips, selector, ports):
    """ports: (name, port, targetPort, protocol)"""
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta(full_name),
            "spec": {"clusterIP": ips[0], "clusterIPs": list(ips), "selector": selector,
                     "ports": [{"name": n, "port": p, "targetPort": t, "protocol": q}
                               for n, p, t, q in ports]}}


def policy(full_name, selector, ingress=None, egress=None, types=None):
    spec = {"podSelector": {"matchLabels": selector} if selector else {}}
    if ingress is not None:
        spec["ingress"] = ingress
    if egress is not None:
        spec["egress"] = egress
    spec["policyTypes"] = types or (["Ingress"] if ingress is not None else []) + \
        (["Egress"] if egress is not None else [])
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": meta(full_name), "spec": spec}


def namespace(name, labels=None):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name,
                                                                  "labels": labels or {}}}


def pods_labelled(key, value):
    return {"podSelector": {"matchLabels": {key: value}}}


def drop_total(node, label):
    """Exact count of packets dropped on the node for this reason."""
    for row in node.leat_json("drops")["totals"]:
        if row["reason"] == label:
            return row["packets"]
    return 0
