/* Works label by label, because libidn2 refuses ASCII labels that live in the DNS (ab--cd): those pass as they are.
 * What comes out is still to be checked like any ASCII name.
 *
 * Spec       @rfc{5890,2.3} @rfc{5891,5} UTS 46, non-transitional
 * In         A host name of which at least one byte is not ASCII, as UTF-8
 * Out        The same in ASCII: U-labels as A-labels, ideographic dots as dots
 * Units      Bytes
 * Limits     A label of MXS_IDN_LABEL_MAX bytes
 * Errors     A reason: "not_utf8", "label_too_long", "name_too_long", "idn_..." after libidn2's own names
 * Ownership  Into the caller's buffer
 * Bugs       Takes memory for each label (libidn2 does)
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_IDN_H
#define MXS_SCANNER_INPUT_INTERNAL_IDN_H

#include "base/bytes.h"

#define MXS_IDN_LABEL_MAX 1024
#define MXS_IDN_OUT_MAX 1020

/* The one reason that is a failure of ours; compare the pointer. */
extern const char mxs_idn_memory[];

/* NULL and the name in out[MXS_IDN_OUT_MAX + 1] with its size, or the reason why not. */
const char *mxs_idn_parse(struct mxs_text host, char *out, uint32_t *size_bytes);

/* "idn_disallowed" for libidn2's IDN2_DISALLOWED and so on: static, from a closed list. */
const char *mxs_idn_reason(int code);

#endif
