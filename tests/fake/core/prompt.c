// SPDX-License-Identifier: Apache-2.0
#include "core/prompt/prompt.h"

void prompt_key(u8 c)
{
}

void prompt_quit(void)
{
}
