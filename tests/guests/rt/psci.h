/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI and SMCCC calls. Source: ARM DEN 0022, DEN 0028. */
#ifndef RT_PSCI_H
#define RT_PSCI_H

#include "lib/types.h"

#define PSCI_VERSION 0x84000000
#define PSCI_CPU_SUSPEND 0x84000001
#define PSCI_CPU_OFF 0x84000002
#define PSCI_CPU_ON 0x84000003
#define PSCI_AFFINITY_INFO 0x84000004
#define PSCI_MIGRATE 0x84000005
#define PSCI_MIGRATE_INFO_TYPE 0x84000006
#define PSCI_MIGRATE_INFO_UP_CPU 0x84000007
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009
#define PSCI_FEATURES 0x8400000a
#define PSCI_SYSTEM_RESET2 0x84000012
#define SMC64 0x40000000
#define SMCCC_VERSION 0x80000000
#define SMCCC_ARCH_FEATURES 0x80000001
#define SMCCC_HYP_COUNT 0x8600ff00
#define SMCCC_HYP_UID 0x8600ff01
#define SMCCC_HYP_REVISION 0x8600ff03

#define PSCI_SUCCESS 0
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED (-3)
#define PSCI_ALREADY_ON (-4)
#define PSCI_ON_PENDING (-5)
#define PSCI_INVALID_ADDRESS (-9)

#define PSCI_ON 0
#define PSCI_OFF 1

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
