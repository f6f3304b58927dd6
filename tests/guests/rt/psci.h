/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI and SMCCC calls. Source: ARM DEN 0022, DEN 0028. */
#ifndef RT_PSCI_H
#define RT_PSCI_H

#include "lib/types.h"
#include "nk/smccc.h"

#define SMC64 0x40000000 /* of a call's number */

struct smccc {
	u64 x[18];
};

enum conduit { CONDUIT_HVC, CONDUIT_SMC };
extern enum conduit conduit; /* from the tree at first */

/* The call with x[0..17] in and out. */
void smccc_hvc(struct smccc *s);
void smccc_smc(struct smccc *s);
void smccc(struct smccc *s);

/* x0 of a call, as it is (32-bit calls: the low half is the status). */
u64 psci_call(u64 fn, u64 a, u64 b, u64 c);
/* The same as a signed 32-bit status, which is what both forms give. */
static inline s32 psci_status(u64 fn, u64 a, u64 b, u64 c)
{
	return (s32)psci_call(fn, a, b, c);
}
void psci_init(void);
void __noreturn psci_system_off(void);

#endif
