/* The forms of a record.
 *
 * Spec       @rfc{8259,2} @rfc{4180,2}
 */
#ifndef MXS_REPORTS_RECORD_FORM_H
#define MXS_REPORTS_RECORD_FORM_H

enum mxs_record_form { MXS_RECORD_JSON, MXS_RECORD_CSV };

#endif
