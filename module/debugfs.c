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
#include "generation.h"
#include "snapshot.h"
#include "walk.h"

static struct dentry *dir;

/* As the netlink family asks for, see permit() there. */
static bool permitted(void)
{
	return capable(CAP_SYS_ADMIN) && nsinspect_caller_in_init_pid_ns();
}

static u32 inum_of(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return i == NSINSPECT_NONE ? 0 : nsinspect_snapshot_ns(snapshot, i)->inum;
}

/* A column but the first, that may have nothing to say; no width: the last. */
static void put_number(struct seq_file *m, int width, u64 nr, bool known)
{
	if (known)
		seq_printf(m, " %-*llu", width, nr);
	else
		seq_printf(m, " %-*s", width, "-");
}

static void put_inum(struct seq_file *m, u32 i)
{
	put_number(m, 10, inum_of(m->private, i), i != NSINSPECT_NONE);
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
static void put_comm(struct seq_file *m, const struct nsinspect_task *task)
{
	const char *c;

	for (c = task->comm; *c; c++) {
		if (*c == '\\')
			seq_puts(m, "\\\\");
		else if (is_plain(*c))
			seq_putc(m, *c);
		else
			seq_printf(m, "\\x%02x", (u8)*c);
	}
}

static void tasks_header(struct seq_file *m)
{
	seq_printf(m, "%-8s %-8s %-8s %-10s %-5s %-7s %-10s %-10s %-16s %s\n", "TID", "TGID",
		   "PPID", "UID", "STATE", "NSPROXY", "PID", "USER", "NRS", "COMM");
}

static void tasks_line(struct seq_file *m, u32 i)
{
	const struct nsinspect_task *task = nsinspect_snapshot_task(m->private, i);
	size_t begun;

	seq_printf(m, "%-8u %-8u %-8u %-10u %-5c", task->tid, task->tgid, task->ppid, task->uid,
		   task->state);
	put_number(m, 7, task->nsproxy + 1, task->nsproxy != NSINSPECT_NONE);
	put_inum(m, task->pid);
	put_inum(m, task->user);
	seq_putc(m, ' ');
	begun = m->count;
	put_nrs(m, task);
	seq_printf(m, "%*s", max(1, 17 - (int)(m->count - begun)), "");
	if (task->kthread)
		seq_putc(m, '[');
	put_comm(m, task);
	seq_puts(m, task->kthread ? "]\n" : "\n");
}

static u32 tasks_count(const struct nsinspect_snapshot *snapshot)
{
	return snapshot->tasks.count;
}

/* A name may be longer than the numbers below it; uts comes last. */
static int slot_width(unsigned int slot)
{
	return slot == NSINSPECT_SLOT_UTS ? 0 : max_t(int, 10, strlen(nsinspect_slots[slot].name));
}

static void nsproxies_header(struct seq_file *m)
{
	unsigned int slot;

	seq_printf(m, "%-7s %-7s %-7s", "ID", "REFS", "TASKS");
	for (slot = 0; slot < NSINSPECT_SLOTS; slot++)
		if (nsinspect_slots[slot].of)
			seq_printf(m, " %-*s", slot_width(slot), nsinspect_slots[slot].name);
	seq_putc(m, '\n');
}

static void nsproxies_line(struct seq_file *m, u32 i)
{
	const struct nsinspect_nsproxy *nsproxy = nsinspect_snapshot_nsproxy(m->private, i);
	unsigned int slot;

	seq_printf(m, "%-7u %-7u %-7u", i + 1, nsproxy->refs, nsproxy->tasks);
	for (slot = 0; slot < NSINSPECT_SLOTS; slot++)
		if (nsinspect_slots[slot].of)
			put_number(m, slot_width(slot), inum_of(m->private, nsproxy->ns[slot]),
				   nsproxy->ns[slot] != NSINSPECT_NONE);
	seq_putc(m, '\n');
}

static u32 nsproxies_count(const struct nsinspect_snapshot *snapshot)
{
	return snapshot->nsproxies.count;
}

static void namespaces_header(struct seq_file *m)
{
	seq_printf(m, "%-6s %-10s %-10s %-10s %-10s %-5s %-7s %-7s %-7s %-7s %s\n", "TYPE", "INUM",
		   "ID", "OWNER", "PARENT", "LEVEL", "REFS", "TASKS", "PROCS", "INITIAL", "ACTIVE");
}

static void namespaces_line(struct seq_file *m, u32 i)
{
	const struct nsinspect_snapshot *snapshot = m->private;
	const struct nsinspect_ns *ns = nsinspect_snapshot_ns(snapshot, i);

	seq_printf(m, "%-6s %-10u", nsinspect_ns_type_name(ns->type), ns->inum);
	put_number(m, 10, ns->id, ns->id);
	put_inum(m, ns->owner);
	put_inum(m, ns->parent);
	put_number(m, 5, ns->level, ns->level >= 0);
	put_number(m, 7, ns->refs, ns->refs >= 0);
	put_number(m, 7, ns->tasks, snapshot->whole);
	put_number(m, 7, ns->procs, snapshot->whole);
	seq_printf(m, " %-7s %s\n", ns->initial ? "yes" : "no", ns->active ? "yes" : "no");
}

static u32 namespaces_count(const struct nsinspect_snapshot *snapshot)
{
	return snapshot->namespaces.count;
}

static void dot_header(struct seq_file *m)
{
	seq_puts(m, "digraph nsinspect {\n\trankdir=LR;\n\tnode [shape=box, fontname=sans];\n");
}

/* An edge unless it leads nowhere. */
static void dot_edge(struct seq_file *m, const char *kind, u32 from, u32 to, const char *label)
{
	if (to != NSINSPECT_NONE)
		seq_printf(m, "\t%s%u -> ns%u [label=\"%s\"];\n", kind, from,
			   inum_of(m->private, to), label);
}

static void dot_ns(struct seq_file *m, u32 i)
{
	const struct nsinspect_ns *ns = nsinspect_snapshot_ns(m->private, i);

	seq_printf(m, "\tns%u [label=\"%s:[%u]\", style=\"filled%s\", fillcolor=\"/pastel28/%u\"];\n",
		   ns->inum, nsinspect_ns_type_name(ns->type), ns->inum,
		   ns->initial ? ",bold" : "", ns->type + 1);
	dot_edge(m, "ns", ns->inum, ns->parent, "parent");
	if (ns->owner != ns->parent)
		dot_edge(m, "ns", ns->inum, ns->owner, "owner");
}

static void dot_nsproxy(struct seq_file *m, u32 i)
{
	const struct nsinspect_nsproxy *nsproxy = nsinspect_snapshot_nsproxy(m->private, i);
	unsigned int slot;

	seq_printf(m, "\tnsproxy%u [label=\"nsproxy %u\\n%u tasks\", shape=ellipse];\n", i + 1,
		   i + 1, nsproxy->tasks);
	for (slot = 0; slot < NSINSPECT_SLOTS; slot++)
		dot_edge(m, "nsproxy", i + 1, nsproxy->ns[slot], nsinspect_slots[slot].name);
}

static void dot_task(struct seq_file *m, u32 i)
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

static u32 dot_count(const struct nsinspect_snapshot *snapshot)
{
	return namespaces_count(snapshot) + nsproxies_count(snapshot) + tasks_count(snapshot) + 1;
}

static void dot_line(struct seq_file *m, u32 i)
{
	const struct nsinspect_snapshot *snapshot = m->private;

	if (i < namespaces_count(snapshot)) {
		dot_ns(m, i);
		return;
	}
	i -= namespaces_count(snapshot);
	if (i < nsproxies_count(snapshot)) {
		dot_nsproxy(m, i);
		return;
	}
	i -= nsproxies_count(snapshot);
	if (i < tasks_count(snapshot))
		dot_task(m, i);
	else
		seq_puts(m, "}\n");
}

/**
 * struct view - one file that shows a whole snapshot
 * @name: of the file
 * @header: prints what comes first
 * @line: prints what comes next
 * @count: how often there is a next
 * @tasks: whether the snapshot needs tasks
 */
struct view {
	const char *name;
	void (*header)(struct seq_file *m);
	void (*line)(struct seq_file *m, u32 i);
	u32 (*count)(const struct nsinspect_snapshot *snapshot);
	bool tasks;
};

static const struct view views[] = {
	{ "tasks", tasks_header, tasks_line, tasks_count, true },
	{ "nsproxies", nsproxies_header, nsproxies_line, nsproxies_count, false },
	{ "namespaces", namespaces_header, namespaces_line, namespaces_count, false },
	{ "graph.dot", dot_header, dot_line, dot_count, true },
};

static const struct view *view_of(const struct seq_file *m)
{
	return file_inode(m->file)->i_private;
}

/* Position 0 is the header, so that a position is never mistaken for NULL. */
static void *view_start(struct seq_file *m, loff_t *pos)
{
	return *pos <= view_of(m)->count(m->private) ? pos : NULL;
}

static void *view_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return view_start(m, pos);
}

static void view_stop(struct seq_file *m, void *v)
{
}

static int view_show(struct seq_file *m, void *v)
{
	loff_t pos = *(loff_t *)v;

	if (pos)
		view_of(m)->line(m, pos - 1);
	else
		view_of(m)->header(m);
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
	const struct view *view = inode->i_private;
	struct nsinspect_snapshot *snapshot;
	int err;

	if (!permitted())
		return -EPERM;
	snapshot = nsinspect_walk_all(view->tasks, view->tasks);
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
	tasks_header(m);
	tasks_line(m, 0);
	seq_puts(m, "\nSLOT              INUM\n");
	task = nsinspect_snapshot_task(snapshot, 0);
	for (slot = 0; slot < NSINSPECT_SLOTS; slot++) {
		u32 ns = nsinspect_task_slot(snapshot, task, slot);

		seq_printf(m, "%-17s", nsinspect_slots[slot].name);
		put_number(m, 0, inum_of(snapshot, ns), ns != NSINSPECT_NONE);
		seq_putc(m, '\n');
	}
	seq_putc(m, '\n');
	namespaces_header(m);
	for (i = 0; i < namespaces_count(snapshot); i++)
		namespaces_line(m, i);
	return 0;
}

static int task_open(struct inode *inode, struct file *file)
{
	return permitted() ? single_open(file, task_show, NULL) : -EPERM;
}

static ssize_t task_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	struct seq_file *m = file->private_data;
	struct nsinspect_snapshot *snapshot;
	int tid;
	int err;

	err = kstrtoint_from_user(buf, count, 10, &tid);
	if (err)
		return err;
	if (tid <= 0)
		return -EINVAL;
	snapshot = nsinspect_walk_one(tid);
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

static int stats_show(struct seq_file *m, void *v)
{
	const struct nsinspect_walk_stats *stats = &nsinspect_walk_stats;

	seq_printf(m, "generation    %llu\n", nsinspect_generation());
	seq_printf(m, "snapshots     %lld\n", atomic64_read(&stats->walks));
	seq_printf(m, "failed        %lld\n", atomic64_read(&stats->failed));
	seq_printf(m, "inconsistent  %lld\n", atomic64_read(&stats->inconsistent));
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
	unsigned int i;

	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	for (i = 0; i < ARRAY_SIZE(views); i++)
		debugfs_create_file(views[i].name, 0400, dir, (void *)&views[i], &view_fops);
	debugfs_create_file("task", 0600, dir, NULL, &task_fops);
	debugfs_create_file("stats", 0400, dir, NULL, &stats_fops);
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
