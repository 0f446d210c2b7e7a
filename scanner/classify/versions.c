#include "scanner/classify/versions.h"

#include <maxminddb.h>

const char *mxs_classify_maxminddb_version(void) { return MMDB_lib_version(); }
