/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_NETLINK_H
#define NSINSPECT_NETLINK_H

int nsinspect_netlink_init(void);
void nsinspect_netlink_exit(void);

#endif /* NSINSPECT_NETLINK_H */
