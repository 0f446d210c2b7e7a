/* Room       model
 * Spec       None
 * In         None
 * Out        The version of the foreign library of this room
 * Units      None
 * Limits     None
 * Errors     None
 * Ownership  Static
 * Threads    Any
 * Bugs       None
 *
 * Asked of the library that runs, not of the header that was compiled: a distribution may have replaced it since.
 */
#ifndef MXS_MODEL_LINKED_H
#define MXS_MODEL_LINKED_H

const char *mxs_model_psl_version(void);

#endif
