/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_file_type.h"

#include <ctype.h>

const char *const rule_file_classes[] = { "executable", "script", "archive",
	"document", "image", "audio", "video", "text", NULL };

/* What libmagic tells, old names of it, and what other programs call the same.
 * A type that ends in "/", "-" or "." stands for all that begin so.  Scripts
 * that name their interpreter are programs too. */
static const struct {
	const char *class, *type;
} members[] = {
	{ "executable", "application/java-archive" },
	{ "executable", "application/javascript" },
	{ "executable", "application/vnd.android.package-archive" },
	{ "executable", "application/vnd.debian.binary-package" },
	{ "executable", "application/vnd.microsoft.portable-executable" },
	{ "executable", "application/vnd.symbian.install" },
	{ "executable", "application/wasm" },
	{ "executable", "application/x-bytecode.python" },
	{ "executable", "application/x-c32-comboot-syslinux-exec" },
	{ "executable", "application/x-chrome-extension" },
	{ "executable", "application/x-coff" },
	{ "executable", "application/x-commodore-exec" },
	{ "executable", "application/x-coredump" },
	{ "executable", "application/x-dosdriver" },
	{ "executable", "application/x-dosexec" },
	{ "executable", "application/x-elf" },
	{ "executable", "application/x-executable" },
	{ "executable", "application/x-ios-app" },
	{ "executable", "application/x-java-applet" },
	{ "executable", "application/x-java-jmod" },
	{ "executable", "application/x-java-pack200" },
	{ "executable", "application/x-javascript" },
	{ "executable", "application/x-lx-executable" },
	{ "executable", "application/x-mach-binary" },
	{ "executable", "application/x-ms-dos-executable" },
	{ "executable", "application/x-ms-ne-executable" },
	{ "executable", "application/x-ms-shortcut" },
	{ "executable", "application/x-ms-w3-executable" },
	{ "executable", "application/x-ms-w4-executable" },
	{ "executable", "application/x-msdownload" },
	{ "executable", "application/x-msi" },
	{ "executable", "application/x-nekovm-bytecode" },
	{ "executable", "application/x-object" },
	{ "executable", "application/x-pie-executable" },
	{ "executable", "application/x-rpm" },
	{ "executable", "application/x-setupscript" },
	{ "executable", "application/x-sharedlib" },
	{ "executable", "application/x-silverlight-app" },
	{ "executable", "application/x-svr4-package" },
	{ "executable", "application/x-windows-gadget" },
	{ "executable", "text/javascript" },
	{ "executable", "text/x-awk" },
	{ "executable", "text/x-execline" },
	{ "executable", "text/x-gawk" },
	{ "executable", "text/x-lua" },
	{ "executable", "text/x-msdos-batch" },
	{ "executable", "text/x-nawk" },
	{ "executable", "text/x-perl" },
	{ "executable", "text/x-php" },
	{ "executable", "text/x-python" },
	{ "executable", "text/x-ruby" },
	{ "executable", "text/x-script.python" },
	{ "executable", "text/x-shellscript" },
	{ "executable", "text/x-systemtap" },
	{ "executable", "text/x-tcl" },
	{ "executable", "text/x-vbscript" },
	{ "script", "application/javascript" },
	{ "script", "application/x-javascript" },
	{ "script", "text/javascript" },
	{ "script", "text/x-awk" },
	{ "script", "text/x-execline" },
	{ "script", "text/x-gawk" },
	{ "script", "text/x-lua" },
	{ "script", "text/x-msdos-batch" },
	{ "script", "text/x-nawk" },
	{ "script", "text/x-perl" },
	{ "script", "text/x-php" },
	{ "script", "text/x-python" },
	{ "script", "text/x-ruby" },
	{ "script", "text/x-script.python" },
	{ "script", "text/x-shellscript" },
	{ "script", "text/x-systemtap" },
	{ "script", "text/x-tcl" },
	{ "script", "text/x-vbscript" },
	{ "archive", "application/gzip" },
	{ "archive", "application/java-archive" },
	{ "archive", "application/mac-binhex" },
	{ "archive", "application/mac-binhex40" },
	{ "archive", "application/vnd.gentoo.gpkg" },
	{ "archive", "application/vnd.gentoo.xpak" },
	{ "archive", "application/vnd.ms-cab-compressed" },
	{ "archive", "application/vnd.ms-tnef" },
	{ "archive", "application/vnd.rar" },
	{ "archive", "application/vnd.sar" },
	{ "archive", "application/x-7z-compressed" },
	{ "archive", "application/x-ace-compressed" },
	{ "archive", "application/x-apple-diskimage" },
	{ "archive", "application/x-ar" },
	{ "archive", "application/x-arc" },
	{ "archive", "application/x-archive" },
	{ "archive", "application/x-arj" },
	{ "archive", "application/x-bzip" },
	{ "archive", "application/x-bzip2" },
	{ "archive", "application/x-compress" },
	{ "archive", "application/x-compress-" },
	{ "archive", "application/x-compressed-iso" },
	{ "archive", "application/x-cpio" },
	{ "archive", "application/x-dzip" },
	{ "archive", "application/x-edi-pack-lzss" },
	{ "archive", "application/x-fzip" },
	{ "archive", "application/x-gtar" },
	{ "archive", "application/x-gzip" },
	{ "archive", "application/x-ia-arc" },
	{ "archive", "application/x-installshield" },
	{ "archive", "application/x-installshield-compress-szdd" },
	{ "archive", "application/x-iso9660-image" },
	{ "archive", "application/x-java-jmod" },
	{ "archive", "application/x-java-pack200" },
	{ "archive", "application/x-lha" },
	{ "archive", "application/x-lrzip" },
	{ "archive", "application/x-lz4" },
	{ "archive", "application/x-lzh-compressed" },
	{ "archive", "application/x-lzip" },
	{ "archive", "application/x-lzma" },
	{ "archive", "application/x-macbinary" },
	{ "archive", "application/x-ms-compress-" },
	{ "archive", "application/x-ms-wim" },
	{ "archive", "application/x-novell-compress" },
	{ "archive", "application/x-qpress" },
	{ "archive", "application/x-rar" },
	{ "archive", "application/x-snappy-framed" },
	{ "archive", "application/x-stuffit" },
	{ "archive", "application/x-tar" },
	{ "archive", "application/x-ustar" },
	{ "archive", "application/x-virtualbox-vhd" },
	{ "archive", "application/x-xar" },
	{ "archive", "application/x-xz" },
	{ "archive", "application/x-zip" },
	{ "archive", "application/x-zoo" },
	{ "archive", "application/x-zstd" },
	{ "archive", "application/zip" },
	{ "archive", "application/zlib" },
	{ "archive", "application/zstd" },
	{ "document", "application/CDFV2" },
	{ "document", "application/epub+zip" },
	{ "document", "application/msword" },
	{ "document", "application/pdf" },
	{ "document", "application/postscript" },
	{ "document", "application/rtf" },
	{ "document", "application/vnd.ms-" },
	{ "document", "application/vnd.oasis.opendocument." },
	{ "document", "application/vnd.openxmlformats-officedocument." },
	{ "document", "application/x-ole-storage" },
	{ "document", "text/rtf" },
	{ "image", "image/" },
	{ "audio", "audio/" },
	{ "video", "video/" },
	{ "text", "text/" },
};

/* Types under "application/vnd.ms-" that are no documents. */
static const char *const no_documents[] = {
	"application/vnd.ms-cab-compressed",
	"application/vnd.ms-tnef",
	"application/vnd.ms-fontobject",
};

static bool
is_class(struct span wanted)
{
	for (size_t i = 0; rule_file_classes[i] != NULL; i++)
		if (span_equal_case(wanted, span_of(rule_file_classes[i])))
			return true;
	return false;
}

static bool
is_member(struct span type, struct span member)
{
	char last = member.ptr[member.len - 1];

	if (last == '/' || last == '-' || last == '.')
		return span_starts_case(type, member);
	return span_equal_case(type, member);
}

static bool
class_has(struct span class, struct span type)
{
	if (span_equal_case(class, SPAN("document")))
		for (size_t i = 0;
		    i < sizeof(no_documents) / sizeof(no_documents[0]); i++)
			if (span_equal_case(type, span_of(no_documents[i])))
				return false;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (span_equal_case(class, span_of(members[i].class)) &&
		    is_member(type, span_of(members[i].type)))
			return true;
	return false;
}

bool
rule_file_type_is(struct span type, struct span wanted)
{
	if (is_class(wanted))
		return class_has(wanted, type);
	if (wanted.len > 2 && span_ends_case(wanted, SPAN("/*")))
		return span_starts_case(
		    type, span_slice(wanted, 0, wanted.len - 1));
	return span_equal_case(type, wanted);
}

/* A name as RFC 6838 section 4.2 allows it. */
static bool
is_restricted_name(struct span text)
{
	const struct span marks = SPAN("!#$&-^_.+");

	for (size_t i = 0; i < text.len; i++)
		if (!isalnum((unsigned char)text.ptr[i]) &&
		    span_find(marks, text.ptr[i]) == marks.len)
			return false;
	return text.len > 0;
}

bool
rule_file_type_known(struct span wanted)
{
	size_t slash = span_find(wanted, '/');
	struct span subtype;

	if (slash == wanted.len)
		return is_class(wanted);
	subtype = span_slice(wanted, slash + 1, wanted.len);
	return is_restricted_name(span_slice(wanted, 0, slash)) &&
	    (span_equal(subtype, SPAN("*")) || is_restricted_name(subtype));
}
