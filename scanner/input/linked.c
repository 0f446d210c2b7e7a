#include "scanner/input/linked.h"

#include <archive.h>
#include <idn2.h>
#include <string.h>

/* archive_version_string is "libarchive 3.6.2". */
const char *mxs_input_archive_version(void)
{
    const char *text = archive_version_string(), *space = strrchr(text, ' ');
    return space != NULL ? space + 1 : text;
}

const char *mxs_input_idn2_version(void) { return idn2_check_version(NULL); }
