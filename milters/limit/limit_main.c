/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/limit/limit.h"

int
main(int argc, char **argv)
{
	return skeleton_main(&limit_daemon, argc, argv);
}
