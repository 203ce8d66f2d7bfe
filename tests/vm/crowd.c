// SPDX-License-Identifier: GPL-2.0
/*
 * Many processes at little cost: a fork of Python takes a hundred times the
 * memory of one of these.
 *
 * usage: crowd COUNT
 *
 * Forks COUNT children that wait, prints their pids, one a line, and ends them
 * when standard input does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long i, count = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	int alive[2];
	char byte;

	if (count <= 0) {
		fputs("usage: crowd COUNT\n", stderr);
		return 2;
	}
	if (pipe(alive)) {
		perror("crowd: pipe");
		return 1;
	}
	for (i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("crowd: fork");
			return 1;
		}
		if (!pid) {
			/* Ends with us, however that happens. */
			close(alive[1]);
			_exit(read(alive[0], &byte, 1) != 0);
		}
		printf("%d\n", (int)pid);
		/* Or the children would have it in their buffers, too. */
		fflush(stdout);
	}
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	close(alive[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}
