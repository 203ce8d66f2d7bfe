// SPDX-License-Identifier: GPL-2.0
/*
 * Lines on stderr, and whether what was written to stdout arrived.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "text.h"

static void say(const char *format, va_list args)
{
	char line[4096];

	vsnprintf(line, sizeof(line), format, args);
	fflush(stdout);
	fputs("nsinspect: ", stderr);
	text_put(stderr, line, !text_utf8());
	fputc('\n', stderr);
}

/**
 * fail() - say what went wrong and what to do, in one line
 * @status: how the tool will end
 * @format: as for printf(); what it prints may hold any bytes
 *
 * Return: @status.
 */
int fail(enum status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return status;
}

/**
 * warning() - say what the reader of the output has to know
 * @format: as for printf(); what it prints may hold any bytes
 */
void warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

/**
 * out_of_memory() - fail for want of memory
 *
 * Return: the status to end with.
 */
int out_of_memory(void)
{
	return fail(STATUS_FAILED, "out of memory");
}

/**
 * close_output() - close stdout and look whether all of it was written
 * @reason: errno as the last write left it: stdio remembers that one failed,
 *	not why
 *
 * Return: STATUS_DONE, or STATUS_FAILED after a line that says why not.
 */
int close_output(int reason)
{
	if (!ferror(stdout))
		reason = fflush(stdout) || fclose(stdout) ? errno : 0;
	else if (!reason)
		reason = EIO;
	if (!reason)
		return STATUS_DONE;
	return fail(STATUS_FAILED, "cannot write the output: %s", strerror(reason));
}

/**
 * output_is_closed() - does anybody still read stdout?
 *
 * A pipe that is written to now and then says by itself, before the next write, that
 * nobody does.
 *
 * Return: whether it is a pipe that nobody reads.
 */
bool output_is_closed(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO };

	return poll(&p, 1, 0) > 0 && p.revents & POLLERR;
}

/**
 * output_end_closed() - end because nobody reads stdout
 *
 * As if we had not looked: who closes a pipe does not want to be told.
 *
 * Return: STATUS_FAILED after a line, where SIGPIPE is ignored; else not at all.
 */
int output_end_closed(void)
{
	raise(SIGPIPE);
	return fail(STATUS_FAILED, "cannot write the output: %s", strerror(EPIPE));
}
