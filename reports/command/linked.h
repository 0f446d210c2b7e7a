/* Room       reports/command
 * Spec       None
 * In         None
 * Out        The versions of the foreign libraries of this room
 * Units      None
 * Limits     None
 * Errors     None
 * Ownership  Static
 * Threads    Any
 * Bugs       None
 *
 * Asked of the library that runs, not of the header that was compiled: a distribution may have replaced it since.
 */
#ifndef MXS_REPORTS_COMMAND_LINKED_H
#define MXS_REPORTS_COMMAND_LINKED_H

const char *mxs_reports_smartcols_version(void);
const char *mxs_reports_nettle_version(void);

#endif
