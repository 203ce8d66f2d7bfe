/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_FILES_H
#define NSINSPECT_FILES_H

#include <linux/sched.h>
#include <linux/types.h>

struct file;
struct ns_common;
struct nsinspect_builder;
struct sock;
struct task_struct;

/**
 * struct nsinspect_queue - the queue of an AF_UNIX socket, and who reads it
 * @sk: the socket, held
 * @tid: a task that has it open, or has the socket in whose queue it is
 * @tgid: of its thread group leader
 * @fd: its number there
 * @state: of that task, one letter
 * @comm: of that task, any bytes
 *
 * Of the task there are only values: it may be gone when the queue is read.
 */
struct nsinspect_queue {
	struct sock *sk;
	u32 tid;
	u32 tgid;
	u32 fd;
	char state;
	char comm[TASK_COMM_LEN];
};

/**
 * struct nsinspect_open_file - an open file that a pass has come to
 * @file: the file
 * @task: the task in whose table it is; NULL when it is in flight
 * @fd: its number there
 * @queue: the queue that it is in; NULL when it is not in flight
 */
struct nsinspect_open_file {
	struct file *file;
	struct task_struct *task;
	unsigned int fd;
	const struct nsinspect_queue *queue;
};

/**
 * struct nsinspect_file_class - one kind of file that leads to a namespace
 * @kind: enum nsinspect_holder_kind
 * @way: NSINSPECT_FOUND_*
 * @magic: of the file system that such files are in, 0 for any
 * @ns_of: the namespace that @file leads to, which @file keeps alive, or NULL
 */
struct nsinspect_file_class {
	u8 kind;
	u32 way;
	unsigned long magic;
	struct ns_common *(*ns_of)(const struct file *file);
};

extern const struct nsinspect_file_class nsinspect_file_classes[];
extern const unsigned int nsinspect_file_class_count;

/*
 * Looks at one open file. Called with locks of the file's table or queue held: it
 * neither sleeps nor allocates, and may be called again for a file. 0, -ENOSPC
 * when more has to be reserved first, or another errno to end the pass.
 */
typedef int nsinspect_file_fn(struct nsinspect_builder *builder,
			      const struct nsinspect_open_file *open, void *arg);

int nsinspect_files_pass(struct nsinspect_builder *builder, nsinspect_file_fn *look, void *arg);

#endif /* NSINSPECT_FILES_H */
