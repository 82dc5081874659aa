// SPDX-License-Identifier: Apache-2.0
/* Half-open counters in shared memory. The kernel side counts with BPF atomics. */
#include "maps/epstat.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

int leat_epstats_open(const struct leat_maps *maps, struct leat_epstats *ret_stats)
{
	const struct leat_table *table = &maps->tables[LEAT_TABLE_EPSTAT];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = (table->max_entries * sizeof(struct leat_epstat) + page - 1) / page * page;
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, table->fd, 0);

	/* An element of an array takes a multiple of 8 bytes. */
	_Static_assert(sizeof(struct leat_epstat) % 8 == 0, "elements follow without a gap");
	if (memory == MAP_FAILED)
		return -errno;
	*ret_stats = (struct leat_epstats){
		.slots = memory,
		.count = table->max_entries,
		.bytes = bytes,
	};
	return 0;
}

void leat_epstats_close(struct leat_epstats *stats)
{
	if (stats->slots)
		munmap(stats->slots, stats->bytes);
	*stats = (struct leat_epstats){ 0 };
}

__u32 leat_epstats_half_open(const struct leat_epstats *stats, __u32 slot)
{
	if (slot >= stats->count)
		return 0;
	return __atomic_load_n(&stats->slots[slot].half_open, __ATOMIC_RELAXED);
}

bool leat_epstats_correct(struct leat_epstats *stats, __u32 slot, __u32 seen, __u32 right)
{
	if (slot >= stats->count)
		return false;
	return __atomic_compare_exchange_n(&stats->slots[slot].half_open, &seen, right, false,
					   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

void leat_epstats_release(struct leat_epstats *stats, __u32 slot)
{
	__u32 seen = leat_epstats_half_open(stats, slot);

	while (seen && !leat_epstats_correct(stats, slot, seen, seen - 1))
		seen = leat_epstats_half_open(stats, slot);
}
