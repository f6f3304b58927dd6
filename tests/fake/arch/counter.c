// SPDX-License-Identifier: Apache-2.0
#include "fake/fake.h"

u64 fake_us;
u64 fake_counter;

u64 arch_time_us(void)
{
	return fake_us;
}

u64 arch_ticks(void)
{
	return fake_counter;
}

u32 arch_ticks_hz(void)
{
	return FAKE_HZ;
}
