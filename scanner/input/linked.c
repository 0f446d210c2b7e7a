#include "scanner/input/linked.h"

#include <archive.h>
#include <csv.h>
#include <idn2.h>
#include <ldns/ldns.h>
#include <string.h>

#define TEXT_OF(number) #number
#define VERSION_OF(major, minor, release) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(release)

/* archive_version_string is "libarchive 3.6.2". */
const char *mxs_input_archive_version(void)
{
    const char *text = archive_version_string(), *space = strrchr(text, ' ');
    return space != NULL ? space + 1 : text;
}

const char *mxs_input_idn2_version(void) { return idn2_check_version(NULL); }
const char *mxs_input_csv_version(void) { return VERSION_OF(CSV_MAJOR, CSV_MINOR, CSV_RELEASE); }
const char *mxs_input_ldns_version(void) { return ldns_version(); }
