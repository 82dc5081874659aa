// SPDX-License-Identifier: Apache-2.0
/*
 * What the API server defaults and what it refuses, kind by kind: each row is a manifest and
 * all that is read of it. `P(x)` is a policy's spec, `S(x)` a Service's and so on.
 */
#include "kube_fixture.h"

#define OBJECT(version, kind, rest)                                                                \
	"{apiVersion: " version ", kind: " kind ", metadata: {name: x, namespace: m}, " rest "}"
#define P(spec)		OBJECT("networking.k8s.io/v1", "NetworkPolicy", "spec: {" spec "}")
#define S(spec)		OBJECT("v1", "Service", "spec: {" spec "}")
#define POD(rest)	OBJECT("v1", "Pod", rest)
#define E(rest)		OBJECT("discovery.k8s.io/v1", "EndpointSlice", rest)
#define N(rest)		"{apiVersion: v1, kind: Node, metadata: {name: x}, " rest "}"
#define BAD(kind, text) "! x.yaml:1: " kind " m/x: " text "\n~ " kind " m/x\n"
#define NP		"NetworkPolicy m/x "

static const struct reading policies[] = {
	/* policyTypes: Source: SetDefaults_NetworkPolicy */
	{ P("podSelector: {}"), NP "Ingress for{}\n" },
	{ P("podSelector: null"), NP "Ingress for{}\n" },
	{ P(""), NP "Ingress for{}\n" },
	{ OBJECT("networking.k8s.io/v1", "NetworkPolicy", ""), NP "Ingress for{}\n" },
	{ P("policyTypes: []"), NP "Ingress for{}\n" },
	{ P("egress: []"), NP "Ingress for{}\n" },
	{ P("egress: [{}]"), NP "Ingress Egress for{} out[ any : any]\n" },
	{ P("ingress: [{}], egress: [{}]"),
	  NP "Ingress Egress for{} in[ any : any] out[ any : any]\n" },
	{ P("policyTypes: [Egress]"), NP "Egress for{}\n" },
	{ P("policyTypes: [Egress], ingress: [{}]"), NP "Egress for{} in[ any : any]\n" },
	{ P("policyTypes: [Ingress, Egress]"), NP "Ingress Egress for{}\n" },
	{ P("policyTypes: [ingress]"),
	  BAD("NetworkPolicy", "spec.policyTypes[0]: ingress: must be one of Ingress, Egress") },
	{ P("policyTypes: ['']"),
	  BAD("NetworkPolicy", "spec.policyTypes[0]: \"\": must be one of Ingress, Egress") },
	{ P("policyTypes: Ingress"),
	  BAD("NetworkPolicy", "spec.policyTypes: Ingress: must be a list") },
	{ P("policyTypes: [Ingress, Egress, Ingress]"),
	  BAD("NetworkPolicy", "spec.policyTypes: must have no more than two") },
	/* empty, null and missing are one */
	{ P("ingress: []"), NP "Ingress for{}\n" },
	{ P("ingress: null"), NP "Ingress for{}\n" },
	{ P("ingress: [{from: []}]"), NP "Ingress for{} in[ any : any]\n" },
	{ P("ingress: [{from: null, ports: null}]"), NP "Ingress for{} in[ any : any]\n" },
	{ P("ingress: [{ports: []}]"), NP "Ingress for{} in[ any : any]\n" },
	{ P("ingress: [null]"), BAD("NetworkPolicy", "spec.ingress[0]: must be an object") },
	{ P("ingress: {}"), BAD("NetworkPolicy", "spec.ingress: must be a list") },
	/* ports */
	{ P("ingress: [{ports: [{}]}]"), NP "Ingress for{} in[ any : 0/TCP]\n" },
	{ P("ingress: [{ports: [{port: 80}]}]"), NP "Ingress for{} in[ any : 80/TCP]\n" },
	{ P("ingress: [{ports: [{port: 80, protocol: UDP}, {port: web, protocol: SCTP}]}]"),
	  NP "Ingress for{} in[ any : 80/UDP web/SCTP]\n" },
	{ P("ingress: [{ports: [{port: 80, endPort: 80}, {port: 80, endPort: 90}]}]"),
	  NP "Ingress for{} in[ any : 80/TCP 80-90/TCP]\n" },
	{ P("ingress: [{ports: [{port: 80, endPort: 79}]}]"),
	  BAD("NetworkPolicy", "spec.ingress[0].ports[0].endPort: 79: must not be below port 80") },
	{ P("ingress: [{ports: [{endPort: 79}]}]"),
	  BAD("NetworkPolicy",
	      "spec.ingress[0].ports[0].endPort: 79: must not be set without port") },
	{ P("ingress: [{ports: [{port: web, endPort: 79}]}]"),
	  BAD("NetworkPolicy",
	      "spec.ingress[0].ports[0].endPort: 79: must not be set where port is a name") },
	{ P("ingress: [{ports: [{port: 80, endPort: 65536}]}]"),
	  BAD("NetworkPolicy",
	      "spec.ingress[0].ports[0].endPort: 65536: must be between 1 and 65535") },
	{ P("ingress: [{ports: [{port: 65536}]}]"),
	  BAD("NetworkPolicy",
	      "spec.ingress[0].ports[0].port: 65536: must be between 1 and 65535") },
	{ P("ingress: [{ports: [{port: 0}]}]"),
	  BAD("NetworkPolicy", "spec.ingress[0].ports[0].port: 0: must be between 1 and 65535") },
	{ P("ingress: [{ports: [{port: -80}]}]"),
	  BAD("NetworkPolicy", "spec.ingress[0].ports[0].port: -80: must be between 1 and 65535") },
	{ P("ingress: [{ports: [{port: 80.5}]}]"),
	  BAD("NetworkPolicy", "spec.ingress[0].ports[0].port: 80.5: must be a whole number") },
	{ P("ingress: [{ports: [{port: 1e999}]}]"),
	  BAD("NetworkPolicy", "spec.ingress[0].ports[0].port: inf: must be between 1 and 65535") },
	{ P("ingress: [{ports: [{port: true}]}]"),
	  BAD("NetworkPolicy", "spec.ingress[0].ports[0].port: true: must be a number") },
	{ P("ingress: [{ports: [{port: '80'}]}]"),
	  BAD("NetworkPolicy", "spec.ingress[0].ports[0].port: 80: is not a port's name (15 of a-z "
			       "0-9 -, a letter)") },
	{ P("ingress: [{ports: [{port: sixteen-letters-}]}]"),
	  BAD("NetworkPolicy", "spec.ingress[0].ports[0].port: sixteen-letters-: is not a port's "
			       "name (15 of a-z 0-9 -, a letter)") },
	{ P("ingress: [{ports: [{protocol: tcp}]}]"),
	  BAD("NetworkPolicy",
	      "spec.ingress[0].ports[0].protocol: tcp: must be one of TCP, UDP, SCTP") },
	{ P("ingress: [{ports: [{protocol: ICMP}]}]"),
	  BAD("NetworkPolicy",
	      "spec.ingress[0].ports[0].protocol: ICMP: must be one of TCP, UDP, SCTP") },
	/* peers */
	{ P("ingress: [{from: [{podSelector: {}}]}]"), NP "Ingress for{} in[ pods{} : any]\n" },
	{ P("ingress: [{from: [{namespaceSelector: {}}]}]"), NP "Ingress for{} in[ ns{} : any]\n" },
	{ P("ingress: [{from: [{podSelector: {}, namespaceSelector: null}]}]"),
	  NP "Ingress for{} in[ pods{} : any]\n" },
	{ P("ingress: [{from: [{}]}]"),
	  BAD("NetworkPolicy", "spec.ingress[0].from[0]: names no peer: one of ipBlock, "
			       "namespaceSelector, podSelector is required") },
	{ P("ingress: [{from: [{podSelector: null}]}]"),
	  BAD("NetworkPolicy", "spec.ingress[0].from[0]: names no peer: one of ipBlock, "
			       "namespaceSelector, podSelector is required") },
	{ P("egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]"),
	  BAD("NetworkPolicy",
	      "spec.egress[0].to[0].ipBlock: must not be beside a selector in one peer") },
	/* blocks */
	{ P("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, "
	    "10.2.3.4/32]}}]}]"),
	  NP "Ingress for{} in[ block 10.0.0.0/8 except 10.1.0.0/16,10.2.3.4/32 : any]\n" },
	{ P("ingress: [{from: [{ipBlock: {cidr: '::/0', except: ['fd00::/8']}}]}]"),
	  NP "Ingress for{} in[ block ::/0 except fd00::/8 : any]\n" },
	{ P("ingress: [{from: [{ipBlock: {cidr: 10.1.2.3/8}}]}]"),
	  "! x.yaml:1: NetworkPolicy m/x: spec.ingress[0].from[0].ipBlock.cidr: 10.1.2.3/8: host "
	  "bits "
	  "are ignored, it means 10.0.0.0/8\n" NP "Ingress for{} in[ block 10.0.0.0/8 : any]\n" },
	{ P("ingress: [{from: [{ipBlock: {}}]}]"),
	  BAD("NetworkPolicy", "spec.ingress[0].from[0].ipBlock.cidr: is required") },
	{ P("ingress: [{from: [{ipBlock: {cidr: 0177.0.0.1/32}}]}]"),
	  BAD("NetworkPolicy",
	      "spec.ingress[0].from[0].ipBlock.cidr: 0177.0.0.1/32: is not a block "
	      "like 10.0.0.0/8 or fd00::/64 (no leading zeros, no IPv4-mapped "
	      "IPv6)") },
	{ P("ingress: [{from: [{ipBlock: {cidr: '::ffff:10.0.0.0/104'}}]}]"),
	  BAD("NetworkPolicy",
	      "spec.ingress[0].from[0].ipBlock.cidr: ::ffff:10.0.0.0/104: is not a "
	      "block like 10.0.0.0/8 or fd00::/64 (no leading zeros, no IPv4-mapped "
	      "IPv6)") },
	{ P("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]"),
	  BAD("NetworkPolicy",
	      "spec.ingress[0].from[0].ipBlock.except[0]: 10.0.0.0/8: must be a part "
	      "of 10.0.0.0/8, and not all of it") },
	{ P("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, "
	    "11.0.0.0/16]}}]}]"),
	  BAD("NetworkPolicy", "spec.ingress[0].from[0].ipBlock.except[1]: 11.0.0.0/16: must be a "
			       "part of 10.0.0.0/8, and not all of it") },
	{ P("ingress: [{from: [{ipBlock: {cidr: '::/0', except: [10.0.0.0/8]}}]}]"),
	  BAD("NetworkPolicy",
	      "spec.ingress[0].from[0].ipBlock.except[0]: 10.0.0.0/8: must be a part "
	      "of ::/0, and not all of it") },
	{ P("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/7]}}]}]"),
	  BAD("NetworkPolicy",
	      "spec.ingress[0].from[0].ipBlock.except[0]: 10.0.0.0/7: must be a part "
	      "of 10.0.0.0/8, and not all of it") },
	/* selectors */
	{ P("podSelector: {matchExpressions: [{key: a, operator: in, values: [b]}]}"),
	  BAD("NetworkPolicy",
	      "spec.podSelector.matchExpressions[0].operator: in: must be one of In, "
	      "NotIn, Exists, DoesNotExist") },
	{ P("podSelector: {matchExpressions: [{key: a}]}"),
	  BAD("NetworkPolicy", "spec.podSelector.matchExpressions[0].operator: is required") },
	{ P("podSelector: {matchExpressions: [{operator: Exists}]}"),
	  BAD("NetworkPolicy", "spec.podSelector.matchExpressions[0].key: is required") },
	{ P("podSelector: {matchExpressions: [{key: a, operator: In}]}"),
	  BAD("NetworkPolicy",
	      "spec.podSelector.matchExpressions[0].values: must not be empty with "
	      "In and NotIn") },
	{ P("podSelector: {matchExpressions: [{key: a, operator: NotIn, values: []}]}"),
	  BAD("NetworkPolicy",
	      "spec.podSelector.matchExpressions[0].values: must not be empty with "
	      "In and NotIn") },
	{ P("podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}"),
	  BAD("NetworkPolicy", "spec.podSelector.matchExpressions[0].values: must be empty with "
			       "Exists and DoesNotExist") },
	{ P("podSelector: {matchExpressions: [{key: a, operator: DoesNotExist, values: [b]}]}"),
	  BAD("NetworkPolicy", "spec.podSelector.matchExpressions[0].values: must be empty with "
			       "Exists and DoesNotExist") },
	{ P("podSelector: {matchLabels: {a: 1}}"),
	  BAD("NetworkPolicy",
	      "spec.podSelector.matchLabels.a: 1: must be a string (in YAML: put it in quotes)") },
	{ P("podSelector: {matchLabels: {a: yes}}"),
	  BAD("NetworkPolicy", "spec.podSelector.matchLabels.a: true: must be a string (in YAML: "
			       "put it in quotes)") },
	{ P("podSelector: {matchLabels: {a: 'b c'}}"),
	  BAD("NetworkPolicy", "spec.podSelector.matchLabels.a: b c: is not a label's value (63 of "
			       "A-Z a-z 0-9 - _ .)") },
	{ P("podSelector: {matchLabels: {a/b/c: d}}"),
	  BAD("NetworkPolicy", "spec.podSelector.matchLabels.a/b/c: d: is not a label's key") },
	{ P("podSelector: {matchLabels: {a: null}}"),
	  BAD("NetworkPolicy", "spec.podSelector.matchLabels.a: a label needs a value") },
	{ P("podSelector: app"), BAD("NetworkPolicy", "spec.podSelector: app: must be an object") },
};

#define SVC "Service m/x "

static const struct reading services[] = {
	{ S("clusterIP: 10.96.0.1, ports: [{port: 80}]"),
	  SVC "ClusterIP ip 10.96.0.1 :80/TCP->80\n" },
	{ S("clusterIPs: [10.96.0.1, 'fd01::1'], selector: {a: b}, ports: [{port: 80}]"),
	  SVC "ClusterIP ip 10.96.0.1,fd01::1 pods{a in b} :80/TCP->80\n" },
	{ S("clusterIP: 10.96.0.1, selector: {}, ports: [{port: 80}]"),
	  SVC "ClusterIP ip 10.96.0.1 :80/TCP->80\n" },
	{ S("clusterIP: 10.96.0.1, ports: [{name: a, port: 53, protocol: UDP, targetPort: 5353}, "
	    "{name: b, port: 53, targetPort: dns}]"),
	  SVC "ClusterIP ip 10.96.0.1 a:53/UDP->5353 b:53/TCP->dns\n" },
	{ S("clusterIP: None, ports: [{port: 80}]"), SVC "ClusterIP headless :80/TCP->80\n" },
	{ S("clusterIPs: [None]"), SVC "ClusterIP headless\n" },
	{ S("type: ExternalName, externalName: a.example"), SVC "ExternalName\n" },
	{ S("type: NodePort, clusterIP: 10.96.0.1, ports: [{port: 80, nodePort: 30000}]"),
	  SVC "NodePort ip 10.96.0.1 :80/TCP->80@30000\n" },
	{ S("clusterIP: 10.96.0.1, ports: [{port: 80}], sessionAffinity: ClientIP"),
	  SVC "ClusterIP ip 10.96.0.1 :80/TCP->80 affinity 10800\n" },
	{ S("clusterIP: 10.96.0.1, ports: [{port: 80}], sessionAffinity: ClientIP, "
	    "sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}, publishNotReadyAddresses: "
	    "true"),
	  SVC "ClusterIP notready ip 10.96.0.1 :80/TCP->80 affinity 5\n" },
	{ S("clusterIP: 10.96.0.1, ports: [{port: 80}], sessionAffinity: None, "
	    "sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}"),
	  SVC "ClusterIP ip 10.96.0.1 :80/TCP->80\n" },
	{ S("ports: [{port: 80}]"), "! x.yaml:1: Service m/x: spec.clusterIP: has no clusterIP: a "
				    "folder of manifests must name "
				    "one\n" SVC "ClusterIP :80/TCP->80\n" },
	{ S("clusterIP: '', ports: [{port: 80}]"), "! x.yaml:1: Service m/x: spec.clusterIP: \"\": "
						   "has no clusterIP: a folder of manifests must "
						   "name one\n" SVC "ClusterIP :80/TCP->80\n" },
	{ S("clusterIP: 127.0.0.1, ports: [{port: 80}]"),
	  "! x.yaml:1: Service m/x: spec.clusterIP: 127.0.0.1: is a loopback address: passed "
	  "over\n" SVC "ClusterIP :80/TCP->80\n" },
	{ S("clusterIP: 10.96.0.1"), BAD("Service", "spec.ports: is required") },
	{ S("clusterIP: 10.96.0.1, ports: [{port: 80}, {name: b, port: 81}]"),
	  BAD("Service", "spec.ports[0].name: is required where there are several ports") },
	{ S("clusterIP: 10.96.0.1, ports: [{name: a, port: 80}, {name: a, port: 81}]"),
	  BAD("Service", "spec.ports[1].name: a: is there twice") },
	{ S("clusterIP: 10.96.0.1, ports: [{name: a, port: 80}, {name: b, port: 80}]"),
	  BAD("Service", "spec.ports[1].port: 80: is there twice with its protocol") },
	{ S("clusterIP: 10.96.0.1, ports: [{port: 80, targetPort: 0}]"),
	  BAD("Service", "spec.ports[0].targetPort: 0: must be between 1 and 65535") },
	{ S("clusterIP: 10.96.0.1, ports: [{port: 80, targetPort: 65536}]"),
	  BAD("Service", "spec.ports[0].targetPort: 65536: must be between 1 and 65535") },
	{ S("clusterIP: 10.96.0.1, ports: [{targetPort: 80}]"),
	  BAD("Service", "spec.ports[0].port: is required") },
	{ S("type: Cluster, ports: [{port: 80}]"),
	  BAD("Service", "spec.type: Cluster: must be one of ClusterIP, NodePort, LoadBalancer, "
			 "ExternalName") },
	{ S("clusterIP: 10.96.0.1, ports: [{port: 80}], sessionAffinity: ClientIP, "
	    "sessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}"),
	  BAD("Service",
	      "spec.sessionAffinityConfig.clientIP.timeoutSeconds: 86401: must be between 1 "
	      "and 86400") },
	{ "{apiVersion: v1, kind: Service, metadata: {name: x, namespace: m, labels: "
	  "{service.kubernetes.io/headless: ''}}, spec: {ports: [{port: 80}]}}",
	  "Service m/x labels service.kubernetes.io/headless= ClusterIP ignored :80/TCP->80\n" },
};

static const struct reading pods[] = {
	{ POD(""), "Pod m/x Pending ready\n" },
	{ POD("spec: {nodeName: n1, hostNetwork: true}"), "Pod m/x Pending on n1 hostnet ready\n" },
	{ POD("status: {phase: Running, podIP: 10.0.0.1}"), "Pod m/x Running ready ip 10.0.0.1\n" },
	{ POD("status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: "
	      "'fd01::1'}]}"),
	  "Pod m/x Running ready ip 10.0.0.1,fd01::1\n" },
	{ POD("status: {phase: Running, conditions: [{type: Ready, status: 'False'}]}"),
	  "Pod m/x Running\n" },
	{ POD("status: {phase: Running, conditions: [{type: Initialized, status: 'True'}]}"),
	  "Pod m/x Running\n" },
	{ POD("status: {phase: Failed, conditions: [{type: Ready, status: 'True'}]}"),
	  "Pod m/x Failed ready\n" },
	{ "{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: m, deletionTimestamp: "
	  "'2026-01-01T00:00:00Z'}}",
	  "Pod m/x Pending ready terminating\n" },
	{ POD("spec: {containers: [{ports: [{containerPort: 80}, {name: web, containerPort: 81}]}, "
	      "{ports: [{name: web, containerPort: 82, protocol: UDP}]}], initContainers: "
	      "[{ports: [{name: gone, containerPort: 83}]}, "
	      "{restartPolicy: Always, ports: [{name: side, containerPort: 84, protocol: "
	      "SCTP}]}]}"),
	  "Pod m/x Pending ready ports web:81/TCP,web:82/UDP,side:84/SCTP\n" },
	{ POD("status: {podIPs: [{ip: 10.0.0.300}, {ip: 10.0.0.3}]}"),
	  "! x.yaml:1: Pod m/x: status.podIPs[0].ip: 10.0.0.300: is not an address: passed over\n"
	  "Pod m/x Pending ready ip 10.0.0.3\n" },
	{ POD("status: {podIPs: [{ip: 127.0.0.1}, {ip: '::1'}, {ip: 'ff02::1'}]}"),
	  "! x.yaml:1: Pod m/x: status.podIPs[0].ip: 127.0.0.1: is a loopback address: passed over "
	  "(and 2 more such in it)\nPod m/x Pending ready\n" },
	{ POD("spec: {containers: [{ports: [{name: web, containerPort: 70000}]}]}"),
	  BAD("Pod",
	      "spec.containers[0].ports[0].containerPort: 70000: must be between 1 and 65535") },
	{ POD("spec: {containers: [{ports: [{name: Web, containerPort: 80}]}]}"),
	  BAD("Pod",
	      "spec.containers[0].ports[0].name: Web: is not a port's name (15 of a-z 0-9 -, a "
	      "letter)") },
	{ POD("status: {phase: Dancing}"),
	  BAD("Pod", "status.phase: Dancing: must be one of Pending, Running, Succeeded, Failed, "
		     "Unknown") },
	{ POD("spec: {nodeName: 'a b'}"), BAD("Pod", "spec.nodeName: a b: is not a DNS name") },
};

#define SLICE "EndpointSlice m/x of  v4"

static const struct reading slices[] = {
	{ E("addressType: IPv4, endpoints: null, ports: null"), SLICE "\n" },
	{ E("addressType: IPv4, ports: [{port: 80}], endpoints: [{addresses: [10.0.0.1]}]"),
	  SLICE " :80/TCP 10.0.0.1(RS)\n" },
	{ E("addressType: IPv4, ports: [{name: a, port: null}], endpoints: [{addresses: "
	    "[10.0.0.1], "
	    "conditions: {ready: null, serving: null, terminating: null}}]"),
	  SLICE " a:0/TCP 10.0.0.1(RS)\n" },
	{ E("addressType: IPv4, endpoints: [{addresses: [10.0.0.1], conditions: {ready: false}}, "
	    "{addresses: [10.0.0.2], conditions: {ready: false, serving: true, terminating: "
	    "true}}]"),
	  SLICE " 10.0.0.1() 10.0.0.2(ST)\n" },
	/* a bad address costs its endpoint */
	{ E("addressType: IPv4, endpoints: [{addresses: [10.0.0.1]}, {addresses: [010.0.0.2]}, "
	    "{addresses: [10.0.0.3]}]"),
	  "! x.yaml:1: EndpointSlice m/x: endpoints[1].addresses[0]: 010.0.0.2: is not an address: "
	  "passed over\n" SLICE " 10.0.0.1(RS) 10.0.0.3(RS)\n" },
	{ E("addressType: IPv4, endpoints: [{addresses: [169.254.169.254]}, {addresses: "
	    "[10.0.0.3]}]"),
	  "! x.yaml:1: EndpointSlice m/x: endpoints[0].addresses[0]: 169.254.169.254: is a "
	  "link-local "
	  "address: passed over\n" SLICE " 10.0.0.3(RS)\n" },
	{ E("addressType: IPv4, endpoints: [{addresses: ['fd01::1']}, {addresses: [10.0.0.3]}]"),
	  "! x.yaml:1: EndpointSlice m/x: endpoints[0].addresses[0]: fd01::1: is not of the "
	  "slice's "
	  "addressType: passed over\n" SLICE " 10.0.0.3(RS)\n" },
	{ E("addressType: IPv4, endpoints: [{addresses: []}, {addresses: [10.0.0.3]}]"),
	  SLICE " 10.0.0.3(RS)\n" },
	{ E("addressType: FQDN, endpoints: [{addresses: [a.example]}]"), SLICE "\n" },
	{ E("addressType: IPv9"),
	  BAD("EndpointSlice", "addressType: IPv9: must be one of IPv4, IPv6, FQDN") },
	{ E("endpoints: null"), BAD("EndpointSlice", "addressType: is required") },
};

static const struct reading nodes[] = {
	{ N(""), "Node /x\n" },
	{ N("spec: {podCIDR: 10.1.0.0/24}"), "Node /x pods 10.1.0.0/24\n" },
	{ N("spec: {podCIDR: 10.1.0.0/24, podCIDRs: [10.1.0.0/24, 'fd01::/64']}, status: "
	    "{addresses: "
	    "[{type: ExternalIP, address: 192.0.2.1}, {type: InternalIP, address: 10.0.0.1}, "
	    "{type: Hostname, address: x}, {type: InternalIP, address: 'fd00::1'}]}"),
	  "Node /x ip 10.0.0.1,fd00::1,192.0.2.1 pods 10.1.0.0/24,fd01::/64\n" },
	{ N("status: {addresses: [{type: InternalIP, address: ten}, {type: InternalIP, address: "
	    "10.0.0.2}]}"),
	  "! x.yaml:1: Node x: status.addresses[0].address: ten: is not an address: passed over\n"
	  "Node /x ip 10.0.0.2\n" },
	{ N("spec: {podCIDR: 10.1.0.0}"), "! x.yaml:1: Node x: spec.podCIDR: 10.1.0.0: is not a "
					  "block like 10.0.0.0/8 or fd00::/64 (no "
					  "leading zeros, no IPv4-mapped IPv6)\n~ Node /x\n" },
};

#define NS(rest)   "{apiVersion: v1, kind: Namespace, metadata: {" rest "}}"
#define NAME_LABEL "kubernetes.io/metadata.name"

static const struct reading metadata[] = {
	/* the name label is the real name, whatever is written */
	{ NS("name: x"), "Namespace /x labels " NAME_LABEL "=x\n" },
	{ NS("name: x, labels: {a: b, z: c}"), "Namespace /x labels a=b," NAME_LABEL "=x,z=c\n" },
	{ NS("name: x, labels: {a: b, " NAME_LABEL ": kube-system, z: c}"),
	  "Namespace /x labels a=b," NAME_LABEL "=x,z=c\n" },
	{ NS("name: x, namespace: c"), "Namespace /x labels " NAME_LABEL "=x\n" },
	/* default where missing */
	{ "{apiVersion: v1, kind: Pod, metadata: {name: x}}", "Pod default/x Pending ready\n" },
	{ "{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: ''}}",
	  "Pod default/x Pending ready\n" },
	/* names */
	{ "{apiVersion: v1, kind: Pod, metadata: {name: a.b, namespace: null}}",
	  "Pod default/a.b Pending ready\n" },
	{ NS("name: a.b"),
	  "! x.yaml:1: Namespace a.b: metadata.name: a.b: is not a DNS label (63 of "
	  "a-z 0-9 -)\n~ Namespace /a.b\n" },
	{ NS(""), "! x.yaml:1: Namespace ?: metadata.name: is required\n" },
	{ "{apiVersion: v1, kind: Pod}",
	  "! x.yaml:1: Pod default/?: metadata.name: is required\n" },
	{ "{apiVersion: v1, kind: Pod, metadata: []}",
	  "! x.yaml:1: Pod default/?: metadata: must be an object\n" },
	{ "{apiVersion: v1, kind: Pod, metadata: {name: 7}}",
	  "! x.yaml:1: Pod default/?: metadata.name: 7: must be a string (in YAML: put it in "
	  "quotes)\n" },
	{ "{apiVersion: v1, kind: Pod, metadata: {name: \"x\\ny\"}}",
	  "! x.yaml:1: Pod default/x\\x0ay: metadata.name: x\\x0ay: is not a DNS name (253 of a-z "
	  "0-9 "
	  "- .)\n~ Pod default/x\ny\n" },
	{ "{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: ../y}}",
	  "! x.yaml:1: Pod ../y/x: metadata.namespace: ../y: is not a DNS label (63 of a-z 0-9 -)\n"
	  "~ Pod ../y/x\n" },
	{ "{apiVersion: v1, kind: Pod, metadata: {name: x, labels: {'': a}}}",
	  "! x.yaml:1: Pod default/x: metadata.labels.: a: is not a label's key\n~ Pod "
	  "default/x\n" },
	{ "{apiVersion: v1, kind: Pod, metadata: {name: x, labels: [a]}}",
	  "! x.yaml:1: Pod default/x: metadata.labels: must be an object\n~ Pod default/x\n" },
	/* kinds and versions */
	{ "{apiVersion: v1, kind: ConfigMap, metadata: {name: '?'}}", "" },
	{ "{apiVersion: v1, kind: NetworkPolicy, metadata: {name: x}}",
	  "! x.yaml:1: NetworkPolicy default/x: apiVersion: v1: must be networking.k8s.io/v1\n" },
	{ "{kind: Pod, metadata: {name: x}}",
	  "! x.yaml:1: Pod default/x: apiVersion: is required: must be v1\n" },
	{ "{apiVersion: v1, metadata: {name: x}}", "! x.yaml:1: object x: kind: is required\n" },
	{ "[]", "! x.yaml:1: object ?: must be an object with kind and apiVersion\n" },
	{ "some text", "! x.yaml:1: object ?: must be an object with kind and apiVersion\n" },
};

#define CHECK(name)                                                                                \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		(void)state;                                                                       \
		check_readings("x.yaml", name, ARRAY_SIZE(name));                                  \
	}
CHECK(policies)
CHECK(services)
CHECK(pods)
CHECK(slices)
CHECK(nodes)
CHECK(metadata)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policies), cmocka_unit_test(test_services),
		cmocka_unit_test(test_pods),	 cmocka_unit_test(test_slices),
		cmocka_unit_test(test_nodes),	 cmocka_unit_test(test_metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
