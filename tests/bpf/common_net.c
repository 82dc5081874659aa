// SPDX-License-Identifier: Apache-2.0
/*
 * The devices and routes of the tests' node, in a network namespace of this process that
 * vanishes with it: helpers of the programs (FIB lookups, redirects) need real ones.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common.h"

extern char **environ;

static const char devices[] =
	"link set lo up\n"
	"link add uplink address 02:00:00:00:05:01 type veth peer name uplink-far "
	"address 02:00:00:00:05:fe\n"
	"link add uplink2 type veth peer name uplink2-far\n"
	"link add leat_host address 02:1e:a7:00:00:02 type veth peer name leat_net "
	"address 02:1e:a7:00:00:04\n"
	"link add leat_vxlan address 02:1e:a7:00:00:03 type vxlan external dstport 8472 "
	"udp6zerocsumrx\n"
	"link set uplink up\n"
	"link set uplink-far up\n"
	"link set uplink2 up\n"
	"link set uplink2-far up\n"
	"link set leat_host up\n"
	"link set leat_net up\n"
	"link set leat_vxlan up\n"
	"addr add 192.168.50.1/24 dev uplink\n"
	"addr add fd50::1/64 dev uplink nodad\n"
	"addr add 192.168.60.1/24 dev uplink2\n"
	"addr add fd60::1/64 dev uplink2 nodad\n"
	"route add default via 192.168.50.254\n"
	"route add default via fd50::fe\n"
	"route add 198.18.0.0/24 via 192.168.60.254\n"
	"route add 2001:db8:18::/48 via fd60::fe\n"
	"route add 10.244.2.0/24 via 192.168.50.2\n"
	"route add fd00:2::/64 via fd50::2\n"
	"route add unreachable 198.51.100.0/24\n"
	"route add unreachable 2001:db8:51::/48\n"
	"neigh add 192.168.50.254 lladdr 02:00:00:00:05:fe dev uplink nud permanent\n"
	"neigh add fd50::fe lladdr 02:00:00:00:05:fe dev uplink nud permanent\n"
	"neigh add 192.168.50.2 lladdr 02:00:00:00:05:02 dev uplink nud permanent\n"
	"neigh add fd50::2 lladdr 02:00:00:00:05:02 dev uplink nud permanent\n"
	"neigh add 192.168.50.3 lladdr 02:00:00:00:05:03 dev uplink nud permanent\n"
	"neigh add fd50::3 lladdr 02:00:00:00:05:03 dev uplink nud permanent\n"
	"neigh add 192.168.60.254 lladdr 02:00:00:00:06:fe dev uplink2 nud permanent\n"
	"neigh add fd60::fe lladdr 02:00:00:00:06:fe dev uplink2 nud permanent\n";

static int pipe_text(const char *text, int *ret_fd)
{
	size_t size = strlen(text);
	int ends[2];

	/* The kernel holds this much: nobody has to read while we write. */
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	if (size > 60000 || write(ends[1], text, size) != (ssize_t)size) {
		close(ends[0]);
		close(ends[1]);
		return -EMSGSIZE;
	}
	close(ends[1]);
	*ret_fd = ends[0];
	return 0;
}

bool net_command(const char *batch)
{
	char *arguments[] = { (char *)"ip", (char *)"-batch", (char *)"-", NULL };
	posix_spawn_file_actions_t actions;
	_cleanup_close_ int in = -1;
	int status = -1;
	pid_t pid;

	if (pipe_text(batch, &in) < 0)
		return false;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, 0);
	if (posix_spawnp(&pid, arguments[0], &actions, NULL, arguments, environ) == 0)
		waitpid(pid, &status, 0);
	posix_spawn_file_actions_destroy(&actions);
	return status == 0;
}

static bool sysctl_write(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static bool forwarding_on(void)
{
	return sysctl_write("/proc/sys/net/ipv4/ip_forward", "1") &&
	       sysctl_write("/proc/sys/net/ipv6/conf/all/forwarding", "1");
}

static bool pods_add(void)
{
	char text[1024];
	__u8 mac[6];

	for (int party = 0; party < PARTY_COUNT; party++) {
		const struct party_info *info = &parties[party];

		if (!info->slot)
			continue;
		party_mac(party, mac);
		snprintf(text, sizeof(text),
			 "link add pod%u address 02:1e:a7:00:00:01 type veth peer name pod%u-eth0 "
			 "address 02:00:00:00:00:%02x\nlink set pod%u up\nlink set pod%u-eth0 up\n"
			 "route add %s/32 dev pod%u\nroute add %s/128 dev pod%u\n",
			 info->slot, info->slot, mac[5], info->slot, info->slot, info->addr4,
			 info->slot, info->addr6, info->slot);
		if (!net_command(text))
			return false;
		snprintf(text, sizeof(text), "pod%u", info->slot);
		world.ifindex[party] = if_nametoindex(text);
	}
	return true;
}

static void devices_find(void)
{
	static const char *const names[DEV_COUNT] = {
		[DEV_UPLINK] = "uplink",	[DEV_UPLINK2] = "uplink2",
		[DEV_HOST] = LEAT_DEV_HOST,	[DEV_NET] = LEAT_DEV_NET,
		[DEV_OVERLAY] = LEAT_DEV_VXLAN,
	};

	for (int device = DEV_NONE + 1; device < DEV_COUNT; device++)
		world.device[device] = if_nametoindex(names[device]);
}

int net_setup(void)
{
	if (unshare(CLONE_NEWNET) < 0) {
		print_error("network namespace: %s\n", strerror(errno));
		return -errno;
	}
	if (!forwarding_on() || !net_command(devices) || !pods_add()) {
		print_error("devices of the test's node could not be made\n");
		return -EIO;
	}
	/* As it is on a node: the agent lets its own devices forward, no others. */
	if (!sysctl_write("/proc/sys/net/ipv6/conf/uplink/forwarding", "0"))
		return -EIO;
	devices_find();
	return 0;
}
