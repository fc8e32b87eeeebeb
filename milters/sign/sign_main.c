/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/sign/sign.h"

int
main(int argc, char **argv)
{
	return skeleton_main(&sign_daemon, argc, argv);
}
