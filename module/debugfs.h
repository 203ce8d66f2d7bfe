/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_DEBUGFS_H
#define NSINSPECT_DEBUGFS_H

void nsinspect_debugfs_init(void);
void nsinspect_debugfs_exit(void);

#endif /* NSINSPECT_DEBUGFS_H */
