/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/policy/policy.h"

int
main(int argc, char **argv)
{
	return skeleton_main(&policy_daemon, argc, argv);
}
