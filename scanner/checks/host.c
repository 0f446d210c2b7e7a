/* The addresses of MX hosts, A and AAAA: asked by the run itself (scanner/run/ask.c), once for each MX host when the
 * first domain names it, so that MX hosts that many domains share cost two questions; judged together with the MX, as
 * one verdict (scanner/classify). */
#include "scanner/checks/check.h"

const struct mxs_check mxs_check_host = {.id = 1, .name = "host", .option = "host", .subject = MXS_SUBJECT_NONE};
