/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A milter that is shown everything and does nothing: the price of having one
 * at all, against which the bench compares the daemons.
 *
 *     noop_milter unix:/path
 */
#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <libmilter/mfapi.h>

static sfsistat
on_connect(SMFICTX *ctx, char *host, struct sockaddr *address)
{

	(void)ctx;
	(void)host;
	(void)address;
	return (SMFIS_CONTINUE);
}

static sfsistat
on_text(SMFICTX *ctx, char *text)
{

	(void)ctx;
	(void)text;
	return (SMFIS_CONTINUE);
}

static sfsistat
on_address(SMFICTX *ctx, char **arguments)
{

	(void)ctx;
	(void)arguments;
	return (SMFIS_CONTINUE);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{

	(void)ctx;
	(void)name;
	(void)value;
	return (SMFIS_CONTINUE);
}

static sfsistat
on_event(SMFICTX *ctx)
{

	(void)ctx;
	return (SMFIS_CONTINUE);
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *chunk, size_t len)
{

	(void)ctx;
	(void)chunk;
	(void)len;
	return (SMFIS_CONTINUE);
}

int
main(int argc, char **argv)
{
	static char name[] = "noop";
	struct smfiDesc description = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_text,
		.xxfi_envfrom = on_address,
		.xxfi_envrcpt = on_address,
		.xxfi_data = on_event,
		.xxfi_header = on_header,
		.xxfi_eoh = on_event,
		.xxfi_body = on_body,
		.xxfi_eom = on_event,
		.xxfi_abort = on_event,
		.xxfi_close = on_event,
	};

	if (argc != 2) {
		fprintf(stderr, "usage: noop_milter SOCKET\n");
		return (EX_USAGE);
	}
	umask(0);
	if (smfi_register(description) == MI_FAILURE ||
	    smfi_setconn(argv[1]) == MI_FAILURE)
		return (EX_UNAVAILABLE);
	return (smfi_main() == MI_SUCCESS ? EX_OK : EX_SOFTWARE);
}
