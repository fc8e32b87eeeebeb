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

AC_DEFUN([AX_PTHREAD_FLAGS], [
	AC_SUBST([PTHREAD_CFLAGS], [-pthread])
])

dnl LUMBAR_FLAGS(VARIABLE, FLAGS...): adds each that the compiler takes.
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
AC_DEFUN([LUMBAR_FLAGS], [
	m4_foreach_w([lumbar_flag], [$2], [LUMBAR_FLAG([$1], lumbar_flag)])
])

AC_DEFUN([LUMBAR_WARNINGS], [
	AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror],
		[make every warning an error])], [], [enable_werror=no])
	WARNING_CFLAGS=
	LUMBAR_FLAGS([WARNING_CFLAGS], [-Wall -Wextra -Wshadow -Wconversion
		-Wsign-conversion -Wvla -Wstrict-prototypes
		-Wmissing-prototypes -Wformat=2 -Wcast-qual -Wundef
		-Wwrite-strings -Wpointer-arith -Wnull-dereference])
	AS_VAR_IF([enable_werror], [yes],
		[WARNING_CFLAGS="$WARNING_CFLAGS -Werror"])
	AC_SUBST([WARNING_CFLAGS])
])

AC_DEFUN([LUMBAR_HARDENING], [
	AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening],
		[leave out the compiler's and linker's protections])], [],
		[enable_hardening=yes])
	HARDENING_CFLAGS=
	HARDENING_LDFLAGS=
	AS_VAR_IF([enable_hardening], [yes], [
		LUMBAR_FLAGS([HARDENING_CFLAGS], [-fstack-protector-strong
			-fstack-clash-protection -fcf-protection -fPIE
			-ftrivial-auto-var-init=zero -fstrict-flex-arrays=3])
		dnl FORTIFY needs optimisation and does not go with sanitizers.
		AS_CASE(["x$enable_sanitizers/x$enable_fuzzers"],
			[x/x|x/xno|xno/x|xno/xno],
			[HARDENING_CFLAGS="$HARDENING_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"])
		LUMBAR_FLAGS([HARDENING_LDFLAGS], [-pie -Wl,-z,relro
			-Wl,-z,now -Wl,-z,noexecstack])
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
	])
	AC_SUBST([SANITIZER_CFLAGS])
])

dnl Everything is built with coverage for libFuzzer, so a build for fuzzing is a
dnl build apart from the one to be installed.
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
