// SPDX-License-Identifier: GPL-2.0
/*
 * Text and DOT views of a snapshot, in /sys/kernel/debug/nsinspect/.
 *
 * Each open takes a snapshot and reads go on in that one; "task" is different
 * in that the write takes it. debugfs holds a reference on the module while a
 * file is open.
 */
#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "debugfs.h"
#include "filter.h"
#include "generation.h"
#include "hooks.h"
#include "kinds.h"
#include "probes.h"
#include "snapshot.h"
#include "walk.h"

static struct dentry *dir;

/* As the netlink family asks for, see permit() there. */
static bool permitted(void)
{
	return capable(CAP_SYS_ADMIN) && nsinspect_caller_in_init_pid_ns();
}

/* A column but the first, that may have nothing to say; no width: the last. */
static void put_number(struct seq_file *m, int width, u64 nr, bool known)
{
	if (known)
		seq_printf(m, " %-*llu", width, nr);
	else
		seq_printf(m, " %-*s", width, "-");
}

/* A reference to a namespace; "#node" where the number alone does not tell. */
static void put_ref(struct seq_file *m, int width, u32 i)
{
	const struct nsinspect_ns *ns;

	if (i == NSINSPECT_NONE) {
		put_number(m, width, 0, false);
		return;
	}
	ns = nsinspect_snapshot_ns(m->private, i);
	if (ns->shares_inum)
		seq_printf(m, " %u#%u", ns->inum, i + 1);
	else
		put_number(m, width, ns->inum, true);
}

/* The numbers of a task from level 0 down, as in "830->1". */
static void put_nrs(struct seq_file *m, const struct nsinspect_task *task)
{
	unsigned int level;

	seq_printf(m, "%u", task->tid);
	for (level = 1; level <= task->level; level++)
		seq_printf(m, "->%u", nsinspect_snapshot_nr(m->private, task->nrs + level - 1));
}

/* A byte of a name that can be shown as it is; the kernel's isprint() has Latin-1. */
static bool is_plain(char c)
{
	return isascii(c) && isprint(c);
}

/* Names are any bytes, UTF-8 cut in the middle too: all but ASCII is escaped. */
static void put_name(struct seq_file *m, const char *name)
{
	const char *c;

	for (c = name; *c; c++) {
		if (*c == '\\')
			seq_puts(m, "\\\\");
		else if (is_plain(*c))
			seq_putc(m, *c);
		else
			seq_printf(m, "\\x%02x", (u8)*c);
	}
}

/**
 * nsinspect_tasks_heading() - the first line of tasks
 * @m: the file; its private is the snapshot
 *
 * Context: Process context, in the file's seq_operations.
 */
void nsinspect_tasks_heading(struct seq_file *m)
{
	seq_printf(m, "%-8s %-8s %-8s %-10s %-5s %-7s %-10s %-10s %-16s %s\n", "TID", "TGID",
		   "PPID", "UID", "STATE", "NSPROXY", "PID", "USER", "NRS", "COMM");
}

/**
 * nsinspect_tasks_line() - a line of tasks
 * @m: the file; its private is the snapshot
 * @i: index of the task
 *
 * Context: Process context, in the file's seq_operations.
 */
void nsinspect_tasks_line(struct seq_file *m, u32 i)
{
	const struct nsinspect_task *task = nsinspect_snapshot_task(m->private, i);
	size_t begun;

	seq_printf(m, "%-8u %-8u %-8u %-10u %-5c", task->tid, task->tgid, task->ppid, task->uid,
		   task->state);
	put_number(m, 7, task->nsproxy + 1, task->nsproxy != NSINSPECT_NONE);
	put_ref(m, 10, task->pid);
	put_ref(m, 10, task->user);
	seq_putc(m, ' ');
	begun = m->count;
	put_nrs(m, task);
	seq_printf(m, "%*s", max(1, 17 - (int)(m->count - begun)), "");
	if (task->kthread)
		seq_putc(m, '[');
	put_name(m, task->comm);
	seq_puts(m, task->kthread ? "]\n" : "\n");
}

/* A name may be longer than the numbers below it; uts comes last. */
static int slot_width(unsigned int slot)
{
	return slot == NSINSPECT_SLOT_UTS ? 0 : max_t(int, 10, strlen(nsinspect_slots[slot].name));
}

/**
 * nsinspect_nsproxies_heading() - the first line of nsproxies
 * @m: the file; its private is the snapshot
 *
 * Context: Process context, in the file's seq_operations.
 */
void nsinspect_nsproxies_heading(struct seq_file *m)
{
	unsigned int slot;

	seq_printf(m, "%-7s %-7s %-7s", "ID", "REFS", "TASKS");
	for (slot = 0; slot < NSINSPECT_SLOTS; slot++)
		if (nsinspect_slots[slot].of)
			seq_printf(m, " %-*s", slot_width(slot), nsinspect_slots[slot].name);
	seq_putc(m, '\n');
}

/**
 * nsinspect_nsproxies_line() - a line of nsproxies
 * @m: the file; its private is the snapshot
 * @i: index of the nsproxy
 *
 * Context: Process context, in the file's seq_operations.
 */
void nsinspect_nsproxies_line(struct seq_file *m, u32 i)
{
	const struct nsinspect_nsproxy *nsproxy = nsinspect_snapshot_nsproxy(m->private, i);
	unsigned int slot;

	seq_printf(m, "%-7u %-7u %-7u", i + 1, nsproxy->refs, nsproxy->tasks);
	for (slot = 0; slot < NSINSPECT_SLOTS; slot++)
		if (nsinspect_slots[slot].of)
			put_ref(m, slot_width(slot), nsproxy->ns[slot]);
	seq_putc(m, '\n');
}

/**
 * nsinspect_namespaces_heading() - the first line of namespaces
 * @m: the file; its private is the snapshot
 *
 * Context: Process context, in the file's seq_operations.
 */
void nsinspect_namespaces_heading(struct seq_file *m)
{
	seq_printf(m, "%-6s %-10s %-10s %-10s %-10s %-5s", "TYPE", "INUM", "ID", "OWNER", "PARENT",
		   "LEVEL");
	seq_printf(m, " %-7s %-7s %-7s %-7s %-6s %s\n", "REFS", "TASKS", "PROCS", "INITIAL",
		   "ACTIVE", "NODE");
}

/**
 * nsinspect_namespaces_line() - a line of namespaces
 * @m: the file; its private is the snapshot
 * @i: index of the namespace
 *
 * Context: Process context, in the file's seq_operations.
 */
void nsinspect_namespaces_line(struct seq_file *m, u32 i)
{
	const struct nsinspect_snapshot *snapshot = m->private;
	const struct nsinspect_ns *ns = nsinspect_snapshot_ns(snapshot, i);

	seq_printf(m, "%-6s %-10u", nsinspect_ns_type_name(ns->type), ns->inum);
	put_number(m, 10, ns->id, ns->id);
	put_ref(m, 10, ns->owner);
	put_ref(m, 10, ns->parent);
	put_number(m, 5, ns->level, ns->level >= 0);
	put_number(m, 7, ns->refs, ns->refs >= 0);
	put_number(m, 7, ns->tasks, snapshot->whole);
	put_number(m, 7, ns->procs, snapshot->whole);
	seq_printf(m, " %-7s %-6s %u\n", ns->initial ? "yes" : "no", ns->active ? "yes" : "no",
		   i + 1);
}

/**
 * nsinspect_links_heading() - the first line of links
 * @m: the file; its private is the snapshot
 *
 * Context: Process context, in the file's seq_operations.
 */
void nsinspect_links_heading(struct seq_file *m)
{
	seq_printf(m, "%-10s %-7s %-12s %-10s %-5s %-17s %-7s %-7s %-10s %-15s %s\n", "NET",
		   "IFINDEX", "KIND", "FLAGS", "STATE", "ADDRESS", "MASTER", "PEER", "PEERNET",
		   "NAME", "IPS");
}

static void put_link_address(struct seq_file *m, const struct nsinspect_link *link)
{
	size_t begun = m->count;
	unsigned int i;

	for (i = 0; i < link->address_len; i++)
		seq_printf(m, "%s%02x", i ? ":" : " ", link->address[i]);
	if (!link->address_len)
		seq_puts(m, " -");
	seq_printf(m, "%*s", max(0, 18 - (int)(m->count - begun)), "");
}

static void put_ips(struct seq_file *m, const struct nsinspect_link *link)
{
	u32 i;

	if (!link->ips.count)
		seq_puts(m, " -");
	for (i = 0; i < link->ips.count; i++) {
		const struct nsinspect_ip *ip = nsinspect_snapshot_ip(m->private,
								      link->ips.first + i);

		seq_printf(m, ip->len == sizeof(struct in6_addr) ? "%c%pI6c/%u" : "%c%pI4/%u",
			   i ? ',' : ' ', ip->address, ip->prefix);
	}
}

/**
 * nsinspect_links_line() - a line of links
 * @m: the file; its private is the snapshot
 * @i: index of the link
 *
 * Context: Process context, in the file's seq_operations.
 */
void nsinspect_links_line(struct seq_file *m, u32 i)
{
	const struct nsinspect_link *link = nsinspect_snapshot_link(m->private, i);
	size_t begun;

	seq_printf(m, "%-10u %-7u %-12s %#-10x %-5u",
		   nsinspect_snapshot_ns(m->private, link->net)->inum, link->ifindex,
		   *link->kind ? link->kind : "-", link->flags, link->operstate);
	put_link_address(m, link);
	put_number(m, 7, link->master, link->master);
	put_number(m, 7, link->peer_ifindex, link->peer_ifindex);
	put_ref(m, 10, link->peer_net);
	seq_putc(m, ' ');
	begun = m->count;
	put_name(m, link->name);
	seq_printf(m, "%*s", max(0, 15 - (int)(m->count - begun)), "");
	put_ips(m, link);
	seq_putc(m, '\n');
}

/**
 * nsinspect_counters_heading() - the first line of counters
 * @m: the file; its private is the snapshot
 *
 * Context: Process context, in the file's seq_operations.
 */
void nsinspect_counters_heading(struct seq_file *m)
{
	unsigned int type;

	seq_printf(m, "%-10s %-10s", "USERNS", "UID");
	for (type = 0; type < NSINSPECT_NS_TYPES; type++)
		seq_printf(m, " %-*s", type < NSINSPECT_NS_TYPES - 1 ? 16 : 0,
			   nsinspect_ns_type_name(type));
	seq_putc(m, '\n');
}

/**
 * nsinspect_counters_line() - a line of counters
 * @m: the file; its private is the snapshot
 * @i: index of the counter
 *
 * Context: Process context, in the file's seq_operations.
 */
void nsinspect_counters_line(struct seq_file *m, u32 i)
{
	const struct nsinspect_counter *counter = nsinspect_snapshot_counter(m->private, i);
	unsigned int type;

	seq_printf(m, "%-10u %-10u", nsinspect_snapshot_ns(m->private, counter->user)->inum,
		   counter->uid);
	for (type = 0; type < NSINSPECT_NS_TYPES; type++) {
		size_t begun = m->count;

		seq_printf(m, " %u/%u", counter->counts[type], counter->limits[type]);
		if (type < NSINSPECT_NS_TYPES - 1)
			seq_printf(m, "%*s", max(0, 17 - (int)(m->count - begun)), "");
	}
	seq_putc(m, '\n');
}

static void dot_heading(struct seq_file *m)
{
	seq_puts(m, "digraph nsinspect {\n\trankdir=LR;\n\tnode [shape=box, fontname=sans];\n");
}

/* An edge unless it leads nowhere. */
static void dot_edge(struct seq_file *m, const char *kind, u32 from, u32 to, const char *label)
{
	if (to != NSINSPECT_NONE)
		seq_printf(m, "\t%s%u -> ns%u [label=\"%s\"];\n", kind, from, to + 1, label);
}

/**
 * nsinspect_namespaces_dot() - the same for graphviz
 * @m: the file; its private is the snapshot
 * @i: index of the namespace
 *
 * Context: Process context, in the file's seq_operations.
 */
void nsinspect_namespaces_dot(struct seq_file *m, u32 i)
{
	const struct nsinspect_ns *ns = nsinspect_snapshot_ns(m->private, i);

	seq_printf(m, "\tns%u [label=\"%s:[%u]\", style=\"filled%s\", fillcolor=\"/pastel28/%u\"];\n",
		   i + 1, nsinspect_ns_type_name(ns->type), ns->inum,
		   ns->initial ? ",bold" : "", ns->type + 1);
	dot_edge(m, "ns", i + 1, ns->parent, "parent");
	if (ns->owner != ns->parent)
		dot_edge(m, "ns", i + 1, ns->owner, "owner");
}

/**
 * nsinspect_nsproxies_dot() - the same for graphviz
 * @m: the file; its private is the snapshot
 * @i: index of the nsproxy
 *
 * Context: Process context, in the file's seq_operations.
 */
void nsinspect_nsproxies_dot(struct seq_file *m, u32 i)
{
	const struct nsinspect_nsproxy *nsproxy = nsinspect_snapshot_nsproxy(m->private, i);
	unsigned int slot;

	seq_printf(m, "\tnsproxy%u [label=\"nsproxy %u\\n%u tasks\", shape=ellipse];\n", i + 1,
		   i + 1, nsproxy->tasks);
	for (slot = 0; slot < NSINSPECT_SLOTS; slot++)
		dot_edge(m, "nsproxy", i + 1, nsproxy->ns[slot], nsinspect_slots[slot].name);
}

/**
 * nsinspect_tasks_dot() - the same for graphviz
 * @m: the file; its private is the snapshot
 * @i: index of the task
 *
 * Context: Process context, in the file's seq_operations.
 */
void nsinspect_tasks_dot(struct seq_file *m, u32 i)
{
	const struct nsinspect_task *task = nsinspect_snapshot_task(m->private, i);
	char comm[TASK_COMM_LEN];
	unsigned int c;

	/* Within a quoted string of DOT. */
	for (c = 0; c < sizeof(comm) - 1 && task->comm[c]; c++)
		comm[c] = is_plain(task->comm[c]) && task->comm[c] != '"' &&
			  task->comm[c] != '\\' ? task->comm[c] : '?';
	comm[c] = '\0';

	seq_printf(m, "\ttask%u [label=\"%s\\n", task->tid, comm);
	put_nrs(m, task);
	seq_puts(m, "\"];\n");
	if (task->nsproxy != NSINSPECT_NONE)
		seq_printf(m, "\ttask%u -> nsproxy%u;\n", task->tid, task->nsproxy + 1);
	dot_edge(m, "task", task->tid, task->pid, "pid");
	dot_edge(m, "task", task->tid, task->user, "user");
}

/*
 * A file that shows a whole snapshot has, as its inode's private, the row of its
 * kind of node; NULL for graph.dot, which has all kinds.
 *
 * Positions: 0 is the heading, so that a position is never mistaken for NULL;
 * then a line for each node; graph.dot ends with one more.
 */
static const struct nsinspect_kind *kind_of(const struct seq_file *m)
{
	return file_inode(m->file)->i_private;
}

static loff_t last_position(const struct seq_file *m)
{
	const struct nsinspect_kind *row = kind_of(m);
	loff_t count = 1;
	unsigned int kind;

	if (row)
		return nsinspect_snapshot_count(m->private, row - nsinspect_kinds);
	for (kind = 0; kind < NSINSPECT_NODE_KINDS; kind++)
		count += nsinspect_snapshot_count(m->private, kind);
	return count;
}

static void *view_start(struct seq_file *m, loff_t *pos)
{
	return *pos <= last_position(m) ? pos : NULL;
}

static void *view_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return view_start(m, pos);
}

static void view_stop(struct seq_file *m, void *v)
{
}

static void dot_show(struct seq_file *m, loff_t pos)
{
	unsigned int kind;

	if (!pos) {
		dot_heading(m);
		return;
	}
	for (pos--, kind = 0; kind < NSINSPECT_NODE_KINDS; kind++) {
		u32 count = nsinspect_snapshot_count(m->private, kind);

		if (pos < count) {
			nsinspect_kinds[kind].dot(m, pos);
			return;
		}
		pos -= count;
	}
	seq_puts(m, "}\n");
}

static int view_show(struct seq_file *m, void *v)
{
	const struct nsinspect_kind *kind = kind_of(m);
	loff_t pos = *(loff_t *)v;

	if (!kind)
		dot_show(m, pos);
	else if (pos)
		kind->line(m, pos - 1);
	else
		kind->heading(m);
	return 0;
}

static const struct seq_operations view_seq_ops = {
	.start = view_start,
	.next = view_next,
	.stop = view_stop,
	.show = view_show,
};

static int view_open(struct inode *inode, struct file *file)
{
	const struct nsinspect_kind *kind = inode->i_private;
	struct nsinspect_ask ask = {
		.details = NSINSPECT_DETAIL_EVERY |
			   (kind ? kind->detail : NSINSPECT_NODE_DETAILS),
		.threads = true,
		.tgid = task_tgid_nr(current),
		.net = current->nsproxy->net_ns,
	};
	struct nsinspect_snapshot *snapshot;
	int err;

	if (!permitted())
		return -EPERM;
	snapshot = nsinspect_walk_all(&ask);
	if (IS_ERR(snapshot))
		return PTR_ERR(snapshot);
	err = seq_open(file, &view_seq_ops);
	if (err)
		nsinspect_snapshot_free(snapshot);
	else
		((struct seq_file *)file->private_data)->private = snapshot;
	return err;
}

static int view_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	nsinspect_snapshot_free(m->private);
	return seq_release(inode, file);
}

static const struct file_operations view_fops = {
	.owner = THIS_MODULE,
	.open = view_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = view_release,
};

/* The file "task": nothing until a tid was written, then that task's graph. */
static int task_show(struct seq_file *m, void *v)
{
	const struct nsinspect_snapshot *snapshot = m->private;
	const struct nsinspect_task *task;
	unsigned int slot;
	u32 i;

	if (!snapshot)
		return 0;
	nsinspect_tasks_heading(m);
	nsinspect_tasks_line(m, 0);
	seq_puts(m, "\nSLOT              INUM\n");
	task = nsinspect_snapshot_task(snapshot, 0);
	for (slot = 0; slot < NSINSPECT_SLOTS; slot++) {
		u32 ns = nsinspect_task_slot(snapshot, task, slot);

		seq_printf(m, "%-17s", nsinspect_slots[slot].name);
		put_ref(m, 0, ns);
		seq_putc(m, '\n');
	}
	seq_putc(m, '\n');
	nsinspect_namespaces_heading(m);
	for (i = 0; i < nsinspect_snapshot_count(snapshot, NSINSPECT_KIND_NAMESPACE); i++)
		nsinspect_namespaces_line(m, i);
	return 0;
}

static int task_open(struct inode *inode, struct file *file)
{
	return permitted() ? single_open(file, task_show, NULL) : -EPERM;
}

static ssize_t task_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	struct seq_file *m = file->private_data;
	static const struct nsinspect_ask ask = { .details = NSINSPECT_NODE_DETAILS };
	struct nsinspect_snapshot *snapshot;
	int tid;
	int err;

	/* The file may have been opened by somebody else. */
	if (!permitted())
		return -EPERM;
	err = kstrtoint_from_user(buf, count, 10, &tid);
	if (err)
		return err;
	if (tid <= 0)
		return -EINVAL;
	snapshot = nsinspect_walk_one(&ask, tid, false);
	if (IS_ERR(snapshot))
		return PTR_ERR(snapshot);

	mutex_lock(&m->lock);
	swap(m->private, *(void **)&snapshot);
	mutex_unlock(&m->lock);
	nsinspect_snapshot_free(snapshot);
	/* What was read of another task is not gone on with. */
	*ppos = 0;
	return count;
}

static int task_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	nsinspect_snapshot_free(m->private);
	return single_release(inode, file);
}

static const struct file_operations task_fops = {
	.owner = THIS_MODULE,
	.open = task_open,
	.read = seq_read,
	.write = task_write,
	.llseek = seq_lseek,
	.release = task_release,
};

static const char *const watch_words[] = {
	[NSINSPECT_WATCH_ON] = "on",
	[NSINSPECT_WATCH_OFF] = "off: kprobes/enabled or kernel.ftrace_enabled is 0",
	[NSINSPECT_WATCH_MISSING] = "missing: the kernel log has the reason",
};

static int stats_show(struct seq_file *m, void *v)
{
	const struct nsinspect_walk_stats *stats = &nsinspect_walk_stats;

	seq_printf(m, "watch         %s\n", watch_words[nsinspect_probes_watch()]);
	seq_printf(m, "generation    %llu\n", nsinspect_generation());
	seq_printf(m, "under_way     %llu\n", nsinspect_generation_under_way());
	seq_printf(m, "missed        %llu\n", nsinspect_probes_missed());
	seq_printf(m, "missed_events %llu\n", nsinspect_probes_missed_events());
	seq_printf(m, "load          %llu\n", nsinspect_generation_load());
	seq_printf(m, "snapshots     %lld\n", atomic64_read(&stats->walks));
	seq_printf(m, "failed        %lld\n", atomic64_read(&stats->failed));
	seq_printf(m, "inconsistent  %lld\n", atomic64_read(&stats->inconsistent));
	seq_printf(m, "unknown       %lld\n", atomic64_read(&stats->unknown));
	seq_printf(m, "tasks         %lld\n", atomic64_read(&stats->tasks));
	seq_printf(m, "steps         %lld\n", atomic64_read(&stats->steps));
	seq_printf(m, "last_ns       %lld\n", atomic64_read(&stats->last_ns));
	seq_printf(m, "last_bytes    %lld\n", atomic64_read(&stats->last_bytes));
	return 0;
}

static int stats_open(struct inode *inode, struct file *file)
{
	return permitted() ? single_open(file, stats_show, NULL) : -EPERM;
}

static const struct file_operations stats_fops = {
	.owner = THIS_MODULE,
	.open = stats_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

/**
 * nsinspect_debugfs_init() - make the folder
 *
 * As everywhere in the kernel, that it cannot be made is no reason to fail.
 *
 * Context: Process context, may sleep. Called once, at load.
 */
void __init nsinspect_debugfs_init(void)
{
	unsigned int kind;

	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	for (kind = 0; kind < NSINSPECT_NODE_KINDS; kind++)
		if (nsinspect_kinds[kind].file)
			debugfs_create_file(nsinspect_kinds[kind].file, 0400, dir,
					    (void *)&nsinspect_kinds[kind], &view_fops);
	debugfs_create_file("graph.dot", 0400, dir, NULL, &view_fops);
	debugfs_create_file("task", 0600, dir, NULL, &task_fops);
	debugfs_create_file("stats", 0400, dir, NULL, &stats_fops);
	nsinspect_hooks_init(dir);
}

/**
 * nsinspect_debugfs_exit() - remove the folder
 *
 * Context: Process context, may sleep. Open files hold a reference on the
 *	    module, so there are none.
 */
void nsinspect_debugfs_exit(void)
{
	debugfs_remove_recursive(dir);
}
