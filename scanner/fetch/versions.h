/* Asked of the library that runs, not of the header that was compiled: a distribution may have replaced it since.
 *
 * Out        The version of the foreign library of this room
 * Ownership  Static
 */
#ifndef MXS_SCANNER_FETCH_VERSIONS_H
#define MXS_SCANNER_FETCH_VERSIONS_H

/* "none": the program was built without it, or it is not there. */
const char *mxs_fetch_curl_version(void);

#endif
