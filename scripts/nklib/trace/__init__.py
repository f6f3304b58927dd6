# SPDX-License-Identifier: Apache-2.0
"""nk's event rings: reading dumps of them, and what can be seen in them. docs/tracing.md says what for."""
