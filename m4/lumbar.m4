dnl SPDX-License-Identifier: BSD-2-Clause
dnl Libraries: found by pkg-config, reported together when they are missing.

dnl LUMBAR_LIBRARY(VARIABLE, PKG-CONFIG MODULES, DEBIAN PACKAGE)
AC_DEFUN([LUMBAR_LIBRARY], [
	PKG_CHECK_MODULES([$1], [$2], [],
		[lumbar_missing="$lumbar_missing $3"])
])

dnl The same for what only the tests need: its absence switches them off.
AC_DEFUN([LUMBAR_TEST_LIBRARY], [
	PKG_CHECK_MODULES([$1], [$2], [have_check=yes],
		[have_check="no (install the Debian package $3)"])
	AM_CONDITIONAL([HAVE_CHECK], [test "x$have_check" = xyes])
])

AC_DEFUN([LUMBAR_LIBRARIES_DONE], [
	AS_IF([test -n "$lumbar_missing"],
		[AC_MSG_ERROR([libraries are missing; on Debian install them with:
    apt-get install$lumbar_missing])])
])

dnl LUMBAR_FLAG(VARIABLE, FLAG): adds FLAG if the compiler takes it.  The flag
dnl may hold commas, so it is quoted twice on its way here.
AC_DEFUN([LUMBAR_FLAG], [
	AS_VAR_PUSHDEF([cached], [lumbar_cv_flag_$2])
	AC_CACHE_CHECK([whether $CC takes $2], [cached], [
		lumbar_saved_cflags=$CFLAGS
		CFLAGS="$CFLAGS -Werror $2"
		AC_LINK_IFELSE([AC_LANG_PROGRAM()],
			[AS_VAR_SET([cached], [yes])],
			[AS_VAR_SET([cached], [no])])
		CFLAGS=$lumbar_saved_cflags
	])
	AS_VAR_IF([cached], [yes], [$1="$$1 $2"])
	AS_VAR_POPDEF([cached])
])

dnl LUMBAR_FLAGS(VARIABLE, FLAGS...): the same for each of a list.
AC_DEFUN([LUMBAR_FLAGS], [
	m4_foreach_w([lumbar_flag], [$2],
		[LUMBAR_FLAG([$1], m4_dquote(lumbar_flag))])
])

AC_DEFUN([LUMBAR_WARNINGS], [
	AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror],
		[make every warning an error])], [], [enable_werror=no])
	WARNING_CFLAGS=
	LUMBAR_FLAGS([WARNING_CFLAGS], [-Wall -Wextra -Wshadow -Wconversion
		-Wsign-conversion -Wvla -Wstrict-prototypes
		-Wmissing-prototypes -Wformat=2 -Wcast-qual -Wundef
		-Wwrite-strings -Wpointer-arith -Wnull-dereference
		-Wdate-time])
	AS_VAR_IF([enable_werror], [yes],
		[WARNING_CFLAGS="$WARNING_CFLAGS -Werror"])
	AC_SUBST([WARNING_CFLAGS])
])

dnl After LUMBAR_SANITIZERS: a sanitizer must see what zeroed memory and
dnl fortified functions would hide.
AC_DEFUN([LUMBAR_HARDENING], [
	AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening],
		[leave out the compiler's and linker's protections])], [],
		[enable_hardening=yes])
	HARDENING_CFLAGS=
	HARDENING_LDFLAGS=
	AS_VAR_IF([enable_hardening], [yes], [
		LUMBAR_FLAGS([HARDENING_CFLAGS], [-fstack-protector-strong
			-fstack-clash-protection -fcf-protection -fPIE
			-fstrict-flex-arrays=3])
		LUMBAR_FLAGS([HARDENING_LDFLAGS], [-pie -Wl,-z,relro
			-Wl,-z,now -Wl,-z,noexecstack])
		AS_VAR_IF([enable_sanitizers], [no], [
			LUMBAR_FLAGS([HARDENING_CFLAGS],
				[-ftrivial-auto-var-init=zero])
			HARDENING_CFLAGS="$HARDENING_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"
		])
	])
	AC_SUBST([HARDENING_CFLAGS])
	AC_SUBST([HARDENING_LDFLAGS])
])

AC_DEFUN([LUMBAR_SANITIZERS], [
	AC_ARG_ENABLE([sanitizers],
		[AS_HELP_STRING([--enable-sanitizers=LIST],
			[address,undefined (the default LIST) or thread])],
		[], [enable_sanitizers=no])
	AS_VAR_IF([enable_sanitizers], [yes],
		[enable_sanitizers=address,undefined])
	SANITIZER_CFLAGS=
	AS_VAR_IF([enable_sanitizers], [no], [], [
		SANITIZER_CFLAGS="-fsanitize=$enable_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"
		AC_MSG_CHECKING([whether $CC links with $SANITIZER_CFLAGS])
		lumbar_saved_cflags=$CFLAGS
		CFLAGS="$CFLAGS $SANITIZER_CFLAGS"
		AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes])], [
			AC_MSG_RESULT([no])
			AC_MSG_ERROR([--enable-sanitizers takes address, undefined or both, or thread; with clang it needs the Debian package libclang-rt-dev])
		])
		CFLAGS=$lumbar_saved_cflags
	])
	AC_SUBST([SANITIZER_CFLAGS])
])

AC_DEFUN([LUMBAR_FUZZERS], [
	AC_ARG_ENABLE([fuzzers], [AS_HELP_STRING([--enable-fuzzers],
		[link t/fuzz with libFuzzer (needs CC=clang)])], [],
		[enable_fuzzers=no])
	FUZZER_LIBS=
	AS_VAR_IF([enable_fuzzers], [yes], [
		lumbar_saved_cflags=$CFLAGS
		CFLAGS="$CFLAGS -fsanitize=fuzzer-no-link"
		AC_MSG_CHECKING([whether $CC can build fuzzers])
		AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes])],
			[AC_MSG_RESULT([no])
			AC_MSG_ERROR([$CC has no libFuzzer; try --enable-fuzzers CC=clang])])
		CFLAGS=$lumbar_saved_cflags
		SANITIZER_CFLAGS="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
		FUZZER_LIBS=-fsanitize=fuzzer
	])
	AC_SUBST([FUZZER_LIBS])
	AM_CONDITIONAL([ENABLE_FUZZERS], [test "x$enable_fuzzers" = xyes])
])
