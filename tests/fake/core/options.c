// SPDX-License-Identifier: Apache-2.0
#include "core/boot/options.h"

struct options options;
