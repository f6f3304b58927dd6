// SPDX-License-Identifier: Apache-2.0
#include "rt/psci.h"
#include "rt/dt.h"
#include "rt/rt.h"

enum conduit conduit;

void psci_init(void)
{
	int node = dt_compatible("arm,psci-1.0");
	const char *method;

	if (node < 0)
		node = dt_compatible("arm,psci-0.2");
	method = dt_prop(node, "method", NULL);
	conduit = method && !strcmp(method, "smc") ? CONDUIT_SMC : CONDUIT_HVC;
}

void smccc(struct smccc *s)
{
	if (conduit == CONDUIT_SMC)
		smccc_smc(s);
	else
		smccc_hvc(s);
}

u64 psci_call(u64 fn, u64 a, u64 b, u64 c)
{
	struct smccc s = {.x = {fn, a, b, c}};

	smccc(&s);
	return s.x[0];
}

void __noreturn psci_system_off(void)
{
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		wfi();
}
