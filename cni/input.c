// SPDX-License-Identifier: Apache-2.0
/* See input.h. poll() also answers for files and terminals, so read() never waits for long. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "deadline.h"
#include "input.h"

static int wait_readable(int fd, const struct leat_cni_deadline *deadline)
{
	struct pollfd input = { .fd = fd, .events = POLLIN };
	int count = poll(&input, 1, leat_cni_deadline_left_ms(deadline));

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	if (!count)
		return -ETIMEDOUT;
	return input.revents & POLLNVAL ? -EBADF : 1;
}

/* Room for more, doubling up to limit + 1 (the byte that tells "too much") and the final zero. */
static int grow(char **data, size_t *allocated, size_t size, size_t limit)
{
	size_t wanted = *allocated ? *allocated * 2 : 4096;
	char *more;

	if (*allocated > size + 1)
		return 0;
	if (wanted > limit + 2)
		wanted = limit + 2;
	more = realloc(*data, wanted);
	if (!more)
		return -ENOMEM;
	*data = more;
	*allocated = wanted;
	return 0;
}

int leat_cni_input_read(int fd, size_t limit, int timeout_ms, char **ret_data, size_t *ret_size)
{
	const struct leat_cni_deadline deadline = leat_cni_deadline_in(timeout_ms);
	_cleanup_free_ char *data = NULL;
	size_t size = 0, allocated = 0;

	for (;;) {
		int err = grow(&data, &allocated, size, limit);
		ssize_t count;

		if (!err)
			err = wait_readable(fd, &deadline);
		if (err < 0)
			return err;
		if (!err)
			continue;
		count = read(fd, data + size, allocated - size - 1);
		if (count < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (count < 0)
			return -errno;
		if (!count)
			break;
		size += (size_t)count;
		if (size > limit)
			return -EFBIG;
	}
	data[size] = '\0';
	*ret_data = TAKE_PTR(data);
	*ret_size = size;
	return 0;
}
