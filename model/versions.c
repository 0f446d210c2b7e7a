#include "model/versions.h"

#include <libpsl.h>

const char *mxs_model_psl_version(void) { return psl_get_version(); }
