/* MX: where a domain's mail goes @rfc{5321,5.1}, and its own addresses where it has none. It is always asked, by the
 * run itself (scanner/run/ask.c), because the questions of all other checks rest on its answers; it is judged together
 * with the addresses of the MX hosts, as one verdict (scanner/classify). */
#include "scanner/checks/check.h"

const struct mxs_check mxs_check_mx = {.id = 0, .name = "mx", .option = "mx", .subject = MXS_SUBJECT_NONE};
