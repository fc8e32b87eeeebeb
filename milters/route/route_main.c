/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/route/route.h"

int
main(int argc, char **argv)
{
	return skeleton_main(&route_daemon, argc, argv);
}
