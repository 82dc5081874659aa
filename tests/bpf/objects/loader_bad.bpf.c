// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* For test_loader: a program that the verifier refuses, because it reads what may not be there. */
#include "lib/maps.h"

SEC("tc")
int leat_from_pod(struct __sk_buff *skb)
{
	const unsigned char *data = (void *)(long)skb->data;

	return data[14];
}
