// SPDX-License-Identifier: Apache-2.0
/*
 * discovery.k8s.io/v1 EndpointSlice. A bad address costs its endpoint only: the slice's other
 * endpoints go on. Slices of FQDNs have nothing for us.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

#include "decode_parts.h"
#include "lib/cleanup.h"
#include "names.h"
#include "selector.h"

enum address_type { TYPE_IPV4, TYPE_IPV6, TYPE_FQDN, TYPE_COUNT };

/* A port without a number (0) stands for all ports. */
static int decode_port(const struct kube_field *field, void *ret_item)
{
	struct kube_slice_port *port = ret_item;
	struct kube_field name = kube_field_member(field, "name");
	struct kube_field proto = kube_field_member(field, "protocol");
	struct kube_field number = kube_field_member(field, "port");
	int err = kube_field_expect_object(field);

	err = err ?: kube_field_copy(&name, "", &port->name);
	if (!err && *port->name && !kube_is_dns_label(port->name))
		err = kube_field_refuse(&name, "is not a DNS label (63 of a-z 0-9 -)");
	err = err ?: kube_field_proto(&proto, &port->proto);
	if (!err && number.json)
		err = kube_field_port(&number, &port->port);
	return err;
}

static int decode_address(const struct kube_field *field, bool is_ipv6, struct leat_addr *ret_addr)
{
	int result = kube_decode_addr(field, ret_addr);

	if (result == 0 && leat_addr_is_ipv4(ret_addr) == is_ipv6)
		return kube_field_note(field, "is not of the slice's addressType: passed over")
			       ?: 1;
	return result;
}

static int decode_ipv4(const struct kube_field *field, void *ret_item)
{
	return decode_address(field, false, ret_item);
}

static int decode_ipv6(const struct kube_field *field, void *ret_item)
{
	return decode_address(field, true, ret_item);
}

/* ready: null is true; serving: null is as ready; terminating: null is false. */
static int decode_conditions(const struct kube_field *field, struct kube_slice_endpoint *endpoint)
{
	struct kube_field ready = kube_field_member(field, "ready");
	struct kube_field serving = kube_field_member(field, "serving");
	struct kube_field terminating = kube_field_member(field, "terminating");
	int err = kube_field_expect_object(field);

	err = err ?: kube_field_bool(&ready, true, &endpoint->is_ready);
	err = err ?: kube_field_bool(&serving, endpoint->is_ready, &endpoint->is_serving);
	return err ?: kube_field_bool(&terminating, false, &endpoint->is_terminating);
}

static int decode_endpoint(const struct kube_field *field, bool is_ipv6,
			   struct kube_slice_endpoint *endpoint)
{
	struct kube_field addresses = kube_field_member(field, "addresses");
	struct kube_field conditions = kube_field_member(field, "conditions");
	struct kube_field node = kube_field_member(field, "nodeName");
	int err = kube_field_expect_object(field);

	err = err
		      ?: kube_field_each(&addresses, is_ipv6 ? decode_ipv6 : decode_ipv4,
					 sizeof(struct leat_addr), &endpoint->addrs,
					 &endpoint->addr_count);
	err = err ?: decode_conditions(&conditions, endpoint);
	err = err ?: kube_field_copy(&node, "", &endpoint->node_name);
	if (err)
		return err;
	/* one bad address, and it is not clear who is meant */
	return endpoint->addr_count && endpoint->addr_count == kube_field_count(&addresses) ? 0 : 1;
}

static int decode_endpoint4(const struct kube_field *field, void *ret_item)
{
	return decode_endpoint(field, false, ret_item);
}

static int decode_endpoint6(const struct kube_field *field, void *ret_item)
{
	return decode_endpoint(field, true, ret_item);
}

static int decode_type(const struct kube_field *field, size_t *ret_type)
{
	static const char *const names[] = {
		[TYPE_IPV4] = "IPv4",
		[TYPE_IPV6] = "IPv6",
		[TYPE_FQDN] = "FQDN",
	};
	int err = kube_field_expect(field);

	err = err ?: kube_field_choice(field, names, ARRAY_SIZE(names), TYPE_COUNT, ret_type);
	if (!err && *ret_type == TYPE_COUNT)
		err = kube_field_refuse(field, "must be one of IPv4, IPv6, FQDN");
	return err;
}

int kube_decode_slice(const struct kube_field *object, struct kube_endpoint_slice *slice)
{
	struct kube_field type = kube_field_member(object, "addressType");
	struct kube_field ports = kube_field_member(object, "ports");
	struct kube_field endpoints = kube_field_member(object, "endpoints");
	const char *service = kube_labels_get(&slice->meta.labels, "kubernetes.io/service-name");
	size_t address_type = TYPE_FQDN;
	int err = decode_type(&type, &address_type);

	if (err)
		return err;
	slice->is_ipv6 = address_type == TYPE_IPV6;
	slice->service = kube_arena_copy(&object->decoder->arena, service ? service : "");
	if (!slice->service)
		return -ENOMEM;
	err = kube_field_each(&ports, decode_port, sizeof(struct kube_slice_port), &slice->ports,
			      &slice->port_count);
	if (err || address_type == TYPE_FQDN)
		return err;
	return kube_field_each(&endpoints, slice->is_ipv6 ? decode_endpoint6 : decode_endpoint4,
			       sizeof(struct kube_slice_endpoint), &slice->endpoints,
			       &slice->endpoint_count);
}
