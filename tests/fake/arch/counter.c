// SPDX-License-Identifier: Apache-2.0
#include "fake/fake.h"

u64 fake_us;
u64 fake_counter;
u64 fake_boot_ticks;

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

u64 arch_ticks_us(u64 ticks)
{
	return ticks * 1000000 / FAKE_HZ;
}

u64 arch_boot_ticks(void)
{
	return fake_boot_ticks;
}
