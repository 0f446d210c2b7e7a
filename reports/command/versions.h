/* The versions of the foreign libraries of this wing, as they run: a distribution may have replaced one since the
 * build.
 *
 * Out        Each name and version, put one by one; the texts live for the call
 */
#ifndef MXS_REPORTS_COMMAND_VERSIONS_H
#define MXS_REPORTS_COMMAND_VERSIONS_H

void mxs_reports_put_versions(void (*put)(void *arg, const char *name, const char *version), void *arg);

#endif
