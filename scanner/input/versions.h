/* Asked of the library that runs, not of the header that was compiled: a distribution may have replaced it since.
 *
 * Out        The versions of the foreign libraries of this room
 * Ownership  Static
 */
#ifndef MXS_SCANNER_INPUT_VERSIONS_H
#define MXS_SCANNER_INPUT_VERSIONS_H

const char *mxs_input_archive_version(void);
const char *mxs_input_idn2_version(void);
const char *mxs_input_ldns_version(void);
/* Of its header: the library does not say its own. */
const char *mxs_input_csv_version(void);

#endif
