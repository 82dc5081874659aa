// SPDX-License-Identifier: Apache-2.0
/* The shipped objects, from the skeletons that bpftool made of them. */
#include "loader/object.h"

#include "lib/cleanup.h"

#include "host.skel.h"
#include "overlay.skel.h"
#include "pod.skel.h"

const struct leat_embedded *leat_embedded_objects(size_t *ret_count)
{
	static struct leat_embedded objects[] = {
		{ .name = "pod" },
		{ .name = "host" },
		{ .name = "overlay" },
	};

	objects[0].bytes = pod_bpf__elf_bytes(&objects[0].size);
	objects[1].bytes = host_bpf__elf_bytes(&objects[1].size);
	objects[2].bytes = overlay_bpf__elf_bytes(&objects[2].size);
	*ret_count = ARRAY_SIZE(objects);
	return objects;
}
