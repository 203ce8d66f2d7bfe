// SPDX-License-Identifier: GPL-2.0
/*
 * unshare(FLAGS) by the 32-bit way into the kernel, which a 64-bit program has as well.
 * Then it says so, and waits until standard input ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define UNSHARE_32	310

int main(int argc, char **argv)
{
	long result;
	char byte;

	if (argc != 2)
		return 2;
	__asm__ volatile("int $0x80" : "=a"(result)
			 : "a"(UNSHARE_32), "b"(strtoul(argv[1], NULL, 0))
			 : "memory", "r8", "r9", "r10", "r11");
	printf("%ld\n", result);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
