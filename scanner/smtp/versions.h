/* Asked of the library that runs, not of the header that was compiled: a distribution may have replaced it since.
 *
 * Out        The version of the foreign library of this room
 * Ownership  Static
 */
#ifndef MXS_SCANNER_SMTP_VERSIONS_H
#define MXS_SCANNER_SMTP_VERSIONS_H

const char *mxs_smtp_openssl_version(void);

#endif
