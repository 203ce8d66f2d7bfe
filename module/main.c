// SPDX-License-Identifier: GPL-2.0
/* Load and unload, in mirrored order. */
#include <linux/init.h>
#include <linux/module.h>
#include <net/genetlink.h>

#include "debugfs.h"
#include "generation.h"
#include "netlink.h"
#include "ns.h"

static int __init nsinspect_init(void)
{
	int err;

	err = nsinspect_ns_init();
	if (err)
		return err;
	err = nsinspect_generation_init();
	if (err)
		return err;
	err = nsinspect_netlink_init();
	if (err)
		goto exit_generation;
	nsinspect_debugfs_init();
	return 0;

exit_generation:
	nsinspect_generation_exit();
	return err;
}

static void __exit nsinspect_exit(void)
{
	nsinspect_debugfs_exit();
	nsinspect_netlink_exit();
	nsinspect_generation_exit();
}

module_init(nsinspect_init);
module_exit(nsinspect_exit);

MODULE_AUTHOR("nsinspect maintainers");
MODULE_DESCRIPTION("One consistent picture of every task's namespaces");
MODULE_LICENSE("GPL");
MODULE_VERSION(NSINSPECT_VERSION);
MODULE_ALIAS_GENL_FAMILY(NSINSPECT_FAMILY_NAME);
