/* One canonical text for one name, so that equal names are equal bytes. Characters
 * other than letters, digits, '-' and '_' are escaped as master files do: a dot or backslash
 * inside a label is "\." or "\\", any other byte "\DDD". The root is "".
 *
 * Spec       @rfc{1035,3.1} @rfc{1035,5.1} @rfc{5890,2.3} @rfc{4343,3}
 * In         Names as the wire or a list wrote them (ASCII; IDN is scanner/input's)
 * Out        Canonical names: A-labels, lower case, presentation form, no trailing dot
 * Units      Bytes
 * Limits     255 wire bytes, 63 a label, 1,020 characters of presentation form
 * Errors     MXS_ERR_INPUT for a name that cannot be
 * Ownership  Into the caller's buffer
 */
#ifndef MXS_MODEL_NAME_H
#define MXS_MODEL_NAME_H

#include "base/err.h"
#include "base/bytes.h"

#define MXS_NAME_WIRE_MAX 255
#define MXS_LABEL_MAX 63
#define MXS_NAME_TEXT_MAX 1020

/* The canonical character of a byte that needs no escape, else 0: letters in lower case, digits, '-' and '_'. */
extern const char mxs_name_plain[256];

/* Uncompressed wire form (as ns_name_unpack leaves it) -> canonical text in out[MXS_NAME_TEXT_MAX + 1],
 * NUL-terminated. Returns its length; wire must be well formed (ends with a zero label within 255 bytes). */
uint32_t mxs_name_from_wire(const uint8_t *wire, char *out);

/* Canonical text -> uncompressed wire form in out[MXS_NAME_WIRE_MAX]; *size_bytes includes the root label.
 * MXS_ERR_INPUT: not a canonical name, or over a limit. */
MXS_CHECK enum mxs_err mxs_name_to_wire(struct mxs_text name, uint8_t *out, uint32_t *size_bytes);

/* True when name is suffix or lies below it ("" holds everything). Both canonical. */
bool mxs_name_within(struct mxs_text name, struct mxs_text suffix);

/* What is left without the first label; "" for a single label and for the root. A view into name. */
struct mxs_text mxs_name_parent(struct mxs_text name);
/* The last label; the name itself when it has one label or none. */
struct mxs_text mxs_name_last(struct mxs_text name);

/* True when a canonical name is made of letters, digits, '-' and '_' only: what a list may hold. False for the root. */
bool mxs_name_is_hostname(struct mxs_text name);

#endif
