/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_DEBUGFS_H
#define NSINSPECT_DEBUGFS_H

#include <linux/types.h>

struct seq_file;

void nsinspect_debugfs_init(void);
void nsinspect_debugfs_exit(void);
void nsinspect_links_heading(struct seq_file *m);
void nsinspect_links_line(struct seq_file *m, u32 i);
void nsinspect_counters_heading(struct seq_file *m);
void nsinspect_counters_line(struct seq_file *m, u32 i);
void nsinspect_namespaces_heading(struct seq_file *m);
void nsinspect_namespaces_line(struct seq_file *m, u32 i);
void nsinspect_namespaces_dot(struct seq_file *m, u32 i);
void nsinspect_nsproxies_heading(struct seq_file *m);
void nsinspect_nsproxies_line(struct seq_file *m, u32 i);
void nsinspect_nsproxies_dot(struct seq_file *m, u32 i);
void nsinspect_tasks_heading(struct seq_file *m);
void nsinspect_tasks_line(struct seq_file *m, u32 i);
void nsinspect_tasks_dot(struct seq_file *m, u32 i);

#endif /* NSINSPECT_DEBUGFS_H */
