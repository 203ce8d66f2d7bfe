// SPDX-License-Identifier: GPL-2.0
/* Load and unload, in mirrored order. */
#include <linux/init.h>
#include <linux/module.h>

#include "debugfs.h"
#include "events.h"
#include "generation.h"
#include "holders.h"
#include "netlink.h"
#include "ns.h"
#include "probes.h"

static int __init nsinspect_init(void)
{
	int err;

	err = nsinspect_ns_init();
	if (err)
		return err;
	nsinspect_holders_init();
	nsinspect_generation_init();
	nsinspect_probes_init();
	err = nsinspect_netlink_init();
	if (err)
		goto exit_probes;
	nsinspect_debugfs_init();
	nsinspect_events_init();
	return 0;

exit_probes:
	nsinspect_probes_exit();
	return err;
}

static void __exit nsinspect_exit(void)
{
	nsinspect_debugfs_exit();
	nsinspect_netlink_exit();
	nsinspect_probes_exit();
}

module_init(nsinspect_init);
module_exit(nsinspect_exit);

MODULE_AUTHOR("nsinspect maintainers");
MODULE_DESCRIPTION("One consistent picture of every task's namespaces");
MODULE_LICENSE("GPL");
MODULE_VERSION(NSINSPECT_VERSION);
