/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The libraries that only some commands need. They are loaded when they are
 * needed, so that the common case starts fast and without them; with STATIC they
 * are linked, those of STATIC_SMARTCOLS and so on.
 */
#ifndef NSINSPECT_LIBRARY_H
#define NSINSPECT_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

enum library {
	LIBRARY_SMARTCOLS,
	LIBRARY_MOUNT,
	LIBRARY_TRACEFS,
	LIBRARY_TRACEEVENT,
	LIBRARIES
};

/* All that is called of each. */
#define SMARTCOLS_FUNCTIONS(F)			\
	F(scols_new_table)			\
	F(scols_unref_table)			\
	F(scols_print_table)			\
	F(scols_table_set_stream)		\
	F(scols_table_enable_raw)		\
	F(scols_table_enable_noheadings)	\
	F(scols_table_enable_noencoding)	\
	F(scols_table_enable_colors)		\
	F(scols_table_enable_ascii)		\
	F(scols_table_set_termforce)		\
	F(scols_table_set_termwidth)		\
	F(scols_table_new_column)		\
	F(scols_column_set_wrapfunc)		\
	F(scols_wrapnl_chunksize)		\
	F(scols_wrapnl_nextchunk)		\
	F(scols_table_new_line)			\
	F(scols_line_get_cell)			\
	F(scols_line_set_color)			\
	F(scols_cell_set_data)			\
	F(scols_cell_refer_data)		\
	F(scols_cell_set_color)

/* Before 2.40 the library does not have most of these. */
#define SMARTCOLS_FILTER_FUNCTIONS(F)		\
	F(scols_new_filter)			\
	F(scols_unref_filter)			\
	F(scols_filter_parse_string)		\
	F(scols_filter_get_errmsg)		\
	F(scols_filter_next_holder)		\
	F(scols_filter_assign_column)		\
	F(scols_line_apply_filter)		\
	F(scols_column_set_data_type)		\
	F(scols_new_iter)			\
	F(scols_free_iter)

#define MOUNT_FUNCTIONS(F)			\
	F(mnt_new_table)			\
	F(mnt_unref_table)			\
	F(mnt_table_parse_stream)		\
	F(mnt_table_next_fs)			\
	F(mnt_new_iter)				\
	F(mnt_free_iter)			\
	F(mnt_fs_get_id)			\
	F(mnt_fs_get_parent_id)			\
	F(mnt_fs_get_devno)			\
	F(mnt_fs_get_root)			\
	F(mnt_fs_get_target)			\
	F(mnt_fs_get_fstype)			\
	F(mnt_fs_get_source)			\
	F(mnt_fs_get_optional_fields)

#define TRACEFS_FUNCTIONS(F)			\
	F(tracefs_tracing_dir)			\
	F(tracefs_instance_create)		\
	F(tracefs_instance_destroy)		\
	F(tracefs_instance_free)

#define TRACEEVENT_FUNCTIONS(F)			\
	F(tep_alloc)				\
	F(tep_free)				\
	F(tep_parse_event)			\
	F(tep_find_event_by_name)		\
	F(tep_find_any_field)			\
	F(kbuffer_alloc)			\
	F(kbuffer_free)				\
	F(kbuffer_load_subbuffer)		\
	F(kbuffer_read_event)			\
	F(kbuffer_next_event)			\
	F(kbuffer_timestamp)			\
	F(kbuffer_event_size)			\
	F(kbuffer_missed_events)

/* Where a function goes: a pointer to it. */
struct library_function {
	const char *name;
	void *to;
};

int library_load(void **handle, enum library which, const struct library_function *functions,
		 size_t n);
bool library_find(void *handle, const struct library_function *functions, size_t n);
void library_unload(void *handle);

#endif
