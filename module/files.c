// SPDX-License-Identifier: GPL-2.0
/*
 * A pass over all open files: in the tables of tasks, and in flight in the queues
 * of AF_UNIX sockets. And the one table of the kinds of file that lead to a
 * namespace.
 *
 * Contexts:
 *
 * - task_lock() keeps the table of a task, the table's own lock (iterate_fd()
 *   takes it) its files. Both are dropped after some files, so that a task with
 *   a million files holds neither for long.
 * - A queue keeps the files in it. It is read under its lock and under the
 *   socket's iolock, without which a reader of a stream takes files out of a
 *   buffer that still is in the queue. iolock is only tried: its holder may wait
 *   for user space. A queue that cannot be had is counted as unread. The lock of
 *   the queue is dropped after some files, too; meanwhile iolock keeps their order.
 * - Sockets whose queues have to be read are held by a reference until the pass
 *   ends, each once: a queue can hold its own socket.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/net.h>
#include <linux/pid.h>
#include <linux/proc_ns.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <net/scm.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "compat.h"
#include "files.h"
#include "ns.h"
#include "snapshot.h"
#include "walk.h"

/* The most files that are looked at under one lock. */
#define STEP_FILES	256

/* How many times a queue is tried. */
#define QUEUE_TRIES	8

static struct ns_common *of_nsfs(const struct file *file)
{
	return get_proc_ns(file_inode(file));
}

static bool all_digits(const struct dentry *dentry)
{
	unsigned int i;

	for (i = 0; i < dentry->d_name.len; i++)
		if (dentry->d_name.name[i] < '0' || dentry->d_name.name[i] > '9')
			return false;
	return dentry->d_name.len;
}

/*
 * Names do not change in proc. Only the folder of a task has a number for a name
 * and a file of this name, all of which begin their private data with the mount
 * namespace that they hold.
 */
static struct ns_common *of_mounts(const struct file *file)
{
	static const char *const names[] = { "mounts", "mountinfo", "mountstats" };
	const struct dentry *dentry = file->f_path.dentry;
	const struct seq_file *seq = file->private_data;
	struct mnt_namespace *mnt_ns;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(dentry->d_name.name, names[i]))
			break;
	if (i == ARRAY_SIZE(names) || !all_digits(dentry->d_parent) || !seq || !seq->private)
		return NULL;
	mnt_ns = *(struct mnt_namespace **)seq->private;
	return mnt_ns ? nsinspect_ns_of_mnt(mnt_ns) : NULL;
}

static struct ns_common *of_socket(const struct file *file)
{
	const struct socket *sock = nsinspect_sock_from_file(file);

	return sock && sock->sk ? &sock_net(sock->sk)->ns : NULL;
}

static struct ns_common *of_pidfd(const struct file *file)
{
	const struct pid *pid = nsinspect_pid_from_file(file);

	return pid ? &pid->numbers[pid->level].ns->ns : NULL;
}

static struct ns_common *of_credential(const struct file *file)
{
	return &file->f_cred->user_ns->ns;
}

const struct nsinspect_file_class nsinspect_file_classes[] = {
	{ NSINSPECT_HOLDER_KIND_NSFS_FILE, NSINSPECT_FOUND_FILE, NSFS_MAGIC, of_nsfs },
	{ NSINSPECT_HOLDER_KIND_PROC_FILE, NSINSPECT_FOUND_FILE, PROC_SUPER_MAGIC, of_mounts },
	{ NSINSPECT_HOLDER_KIND_SOCKET, NSINSPECT_FOUND_SOCKET, SOCKFS_MAGIC, of_socket },
	{ NSINSPECT_HOLDER_KIND_PID_REAPED, NSINSPECT_FOUND_FILE, NSINSPECT_PIDFD_MAGIC, of_pidfd },
	{ NSINSPECT_HOLDER_KIND_FILE_CREDENTIAL, NSINSPECT_FOUND_CREDENTIAL, 0, of_credential },
};

const unsigned int nsinspect_file_class_count = ARRAY_SIZE(nsinspect_file_classes);

struct pass {
	struct nsinspect_builder *builder;
	nsinspect_file_fn *look;
	void *arg;
	struct nsinspect_open_file open;	/* the file that it has come to */
	unsigned int left;			/* files until locks are dropped */
	struct nsinspect_queue queue;		/* that it has come to; the vec of all can move */
	unsigned int done;			/* in this queue, how much was looked at */
};

/* Of a kind that is needed only while a snapshot is built. */
static struct nsinspect_queue *queue_at(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (struct nsinspect_queue *)snapshot->vecs[NSINSPECT_KIND_SOCK].data + i;
}

/* @task is held. */
static void name_reader(struct nsinspect_queue *queue, struct task_struct *task, u32 fd)
{
	*queue = (struct nsinspect_queue){
		.tid = task_pid_nr(task),
		.tgid = task_tgid_nr(task),
		.fd = fd,
		.state = task_state_to_char(task),
	};
	/* Terminated below, as it may change while it is copied. */
	memcpy(queue->comm, task->comm, sizeof(queue->comm));
	queue->comm[sizeof(queue->comm) - 1] = '\0';
}

/*
 * Has the queue of @sk read later, when that is an AF_UNIX socket with something
 * in it. Under whatever keeps @sk.
 */
static int note_queue(struct pass *pass, struct sock *sk)
{
	struct nsinspect_builder *builder = pass->builder;
	struct nsinspect_vec *socks = &builder->snapshot->vecs[NSINSPECT_KIND_SOCK];
	struct nsinspect_index *index = &builder->indexes[NSINSPECT_KIND_SOCK];
	struct nsinspect_queue *queue;
	u32 cursor = NSINSPECT_NONE;

	if (!sk || sk->sk_family != AF_UNIX || skb_queue_empty_lockless(&sk->sk_receive_queue) ||
	    nsinspect_index_next(index, sk, &cursor) != NSINSPECT_NONE)
		return 0;
	if (!nsinspect_snapshot_has_room(builder, NSINSPECT_KIND_SOCK, 1))
		return -ENOSPC;
	/* One that was not accepted yet may be on its way out. */
	if (!refcount_inc_not_zero(&sk->sk_refcnt))
		return 0;
	nsinspect_index_add(index, sk, socks->count);
	queue = queue_at(builder->snapshot, socks->count++);
	/* What is in a queue is read by whoever reads that. */
	if (pass->open.task)
		name_reader(queue, pass->open.task, pass->open.fd);
	else
		*queue = pass->queue;
	queue->sk = sk;
	return 0;
}

/* With locks held that keep the file. */
static int look_at(struct pass *pass)
{
	struct socket *sock = nsinspect_sock_from_file(pass->open.file);
	int err;

	if (sock) {
		err = note_queue(pass, sock->sk);
		if (err)
			return err;
	}
	err = pass->look(pass->builder, &pass->open, pass->arg);
	if (err)
		return err;
	pass->builder->snapshot->files++;
	pass->builder->snapshot->sockets += !!sock;
	return 0;
}

/* Called by iterate_fd(), under the lock of the table. */
static int look_at_fd(const void *data, struct file *file, unsigned int fd)
{
	struct pass *pass = (struct pass *)data;

	pass->open.fd = fd;
	if (!pass->left)
		return -EAGAIN;
	pass->left--;
	pass->open.file = file;
	return look_at(pass);
}

/* Errors that mean: what was asked for is done outside of locks, go on. */
static int between_steps(struct pass *pass, int err)
{
	pass->left = STEP_FILES;
	if (err == -ENOSPC)
		err = nsinspect_snapshot_reserve(pass->builder);
	else if (err == -EAGAIN)
		err = 0;
	cond_resched();
	if (!err && fatal_signal_pending(current))
		err = -EINTR;
	return err;
}

/*
 * Whether the files of @task are those of the first thread that has any, which are
 * looked at once; a leader that has exited has none. The table is only compared, and
 * one more look does no harm.
 */
static bool shares_table(struct task_struct *task)
{
	const struct files_struct *first = NULL;
	struct task_struct *thread;

	rcu_read_lock();
	for_each_thread(task, thread) {
		if (thread == task)
			break;
		first = READ_ONCE(thread->files);
		if (first)
			break;
	}
	rcu_read_unlock();
	return first && first == READ_ONCE(task->files);
}

/* @task is held. */
static int look_at_task(struct task_struct *task, void *arg)
{
	struct pass *pass = arg;
	int err, again;

	if (shares_table(task))
		return 0;
	pass->open = (struct nsinspect_open_file){ .task = task };
	do {
		err = 0;
		task_lock(task);
		if (task->files)
			err = iterate_fd(task->files, pass->open.fd, look_at_fd, pass);
		task_unlock(task);
		again = err == -ENOSPC || err == -EAGAIN;
		err = between_steps(pass, err);
	} while (again && !err);
	return err;
}

/* Under the lock of the queue and iolock. Looks at the files from number @skip on. */
static int look_at_buffer(struct pass *pass, const struct scm_fp_list *fp, unsigned int skip)
{
	unsigned int i;
	int err;

	for (i = skip; i < fp->count; i++) {
		if (!pass->left)
			return -EAGAIN;
		pass->left--;
		pass->open.file = fp->fp[i];
		err = look_at(pass);
		if (err)
			return err;
		pass->done++;
	}
	return 0;
}

/* Under the lock of the queue and iolock of @sk. Goes on after what was done. */
static int look_at_buffers(struct pass *pass, struct sock *sk)
{
	unsigned int skip = pass->done;
	struct sk_buff *skb;
	int err;

	skb_queue_walk(&sk->sk_receive_queue, skb) {
		const struct scm_fp_list *fp = UNIXCB(skb).fp;

		/* A connection that was not accepted yet can have been sent files, too. */
		if (sk->sk_state == TCP_LISTEN) {
			err = note_queue(pass, skb->sk);
		} else if (fp && skip < fp->count) {
			err = look_at_buffer(pass, fp, skip);
			skip = 0;
		} else {
			skip -= fp ? fp->count : 0;
			err = 0;
		}
		if (err)
			return err;
	}
	return 0;
}

/*
 * Under iolock of @sk, which is held: nobody but the end of the socket takes anything
 * from the queue meanwhile, so that it can be gone on with after a step.
 */
static int look_at_queue(struct pass *pass, struct sock *sk)
{
	int err, again;

	pass->open = (struct nsinspect_open_file){ .queue = &pass->queue };
	pass->done = 0;
	do {
		spin_lock(&sk->sk_receive_queue.lock);
		err = look_at_buffers(pass, sk);
		spin_unlock(&sk->sk_receive_queue.lock);
		again = err == -ENOSPC || err == -EAGAIN;
		err = between_steps(pass, err);
	} while (again && !err);
	return err;
}

static int look_at_queues(struct pass *pass)
{
	struct nsinspect_snapshot *snapshot = pass->builder->snapshot;
	unsigned int tries = 0;
	u32 i = 0;
	int err = 0;

	while (i < nsinspect_snapshot_count(snapshot, NSINSPECT_KIND_SOCK) && !err) {
		struct sock *sk = queue_at(snapshot, i)->sk;
		bool again = true;

		pass->queue = *queue_at(snapshot, i);
		if (mutex_trylock(&unix_sk(sk)->iolock)) {
			err = look_at_queue(pass, sk);
			mutex_unlock(&unix_sk(sk)->iolock);
			again = false;
		} else if (++tries == QUEUE_TRIES) {
			snapshot->unread_queues++;
			again = false;
		}
		if (!again) {
			tries = 0;
			i++;
		} else {
			err = between_steps(pass, 0);
		}
	}
	return err;
}

/* As if the pass had not been: there may be another with the same builder. */
static void let_go(struct nsinspect_builder *builder)
{
	u32 count = nsinspect_snapshot_count(builder->snapshot, NSINSPECT_KIND_SOCK);

	while (count--)
		sock_put(queue_at(builder->snapshot, count)->sk);
	nsinspect_snapshot_clear(builder, NSINSPECT_KIND_SOCK);
}

/**
 * nsinspect_files_pass() - look at every open file, and at those in flight
 * @builder: the builder; its snapshot counts the files
 * @look: called for each, see there; may be called twice for the same
 * @arg: for @look
 *
 * Context: Process context, may sleep; no locks held.
 * Return: 0, what @look returned, -ENOMEM, or -EINTR after a fatal signal to
 *	   current.
 */
int nsinspect_files_pass(struct nsinspect_builder *builder, nsinspect_file_fn *look, void *arg)
{
	struct pass pass = { .builder = builder, .look = look, .arg = arg, .left = STEP_FILES };
	int err;

	err = nsinspect_snapshot_reserve(builder);
	if (!err)
		err = nsinspect_walk_held(look_at_task, &pass);
	if (!err)
		err = look_at_queues(&pass);
	let_go(builder);
	return err;
}
