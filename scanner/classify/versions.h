/* Asked of the library that runs, not of the header that was compiled: a distribution may have replaced it since.
 *
 * Out        The version of the foreign library of this room
 * Ownership  Static
 */
#ifndef MXS_SCANNER_CLASSIFY_VERSIONS_H
#define MXS_SCANNER_CLASSIFY_VERSIONS_H

const char *mxs_classify_maxminddb_version(void);

#endif
