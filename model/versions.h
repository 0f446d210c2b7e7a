/* Asked of the library that runs, not of the header that was compiled: a distribution may have replaced it since.
 *
 * Out        The version of the foreign library of this room
 * Ownership  Static
 */
#ifndef MXS_MODEL_VERSIONS_H
#define MXS_MODEL_VERSIONS_H

const char *mxs_model_psl_version(void);

#endif
