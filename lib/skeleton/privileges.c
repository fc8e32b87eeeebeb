/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

static int
become(const char *user, uid_t uid, gid_t gid, struct err *err)
{
	if (initgroups(user, gid) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return err_set_errno(err, "cannot become user %s", user);
	/* What can be taken back was never given up. */
	if (uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return err_set(err, ERR_SYSTEM,
		    "root's privileges could be regained after becoming %s",
		    user);
	return 0;
}

int
privileges_drop(const char *user, const char *group, struct err *err)
{
	const struct passwd *passwd;
	const struct group *other;
	gid_t gid;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set_errno(err, "cannot set no_new_privs");
	if (geteuid() != 0)
		return 0;
	passwd = getpwnam(user);
	if (passwd == NULL)
		return err_set(err, ERR_CONFIG,
		    "user: there is no user \"%s\"; make it with "
		    "systemd-sysusers or adduser --system %s", user, user);
	gid = passwd->pw_gid;
	if (group[0] != '\0') {
		other = getgrnam(group);
		if (other == NULL)
			return err_set(err, ERR_CONFIG,
			    "group: there is no group \"%s\"", group);
		gid = other->gr_gid;
	}
	return become(user, passwd->pw_uid, gid, err);
}
