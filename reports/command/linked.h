/* Asked of the library that runs, not of the header that was compiled: a distribution may have replaced it since.
 *
 * Out        The versions of the foreign libraries of this room
 * Ownership  Static
 */
#ifndef MXS_REPORTS_COMMAND_LINKED_H
#define MXS_REPORTS_COMMAND_LINKED_H

const char *mxs_reports_smartcols_version(void);
const char *mxs_reports_nettle_version(void);

#endif
