/* SPDX-License-Identifier: BSD-2-Clause */
#include "t/probe/probe.h"

int
main(int argc, char **argv)
{
	return skeleton_main(&probe_daemon, argc, argv);
}
