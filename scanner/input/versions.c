#include "scanner/input/versions.h"

#include <archive.h>
#include <csv.h>
#include <idn2.h>
#include <ldns/ldns.h>
#include <string.h>

/* archive_version_string is "libarchive 3.6.2". */
const char *mxs_input_archive_version(void)
{
    const char *text = archive_version_string(), *space = strrchr(text, ' ');
    return space != NULL ? space + 1 : text;
}

const char *mxs_input_idn2_version(void) { return idn2_check_version(NULL); }

const char *mxs_input_ldns_version(void) { return ldns_version(); }

#define TEXT(number) #number
#define NUMBER(number) TEXT(number)
const char *mxs_input_csv_version(void) { return NUMBER(CSV_MAJOR) "." NUMBER(CSV_MINOR) "." NUMBER(CSV_RELEASE); }
