/* SPDX-License-Identifier: Apache-2.0 */
#include "prop/prop.h"

void pair(void)
{
}
