# SPDX-License-Identifier: Apache-2.0
"""vrpc, what stands on it, vsmq and vmbox in Linux against a peer that writes anything to what they share (tests/guests/hostile-msg.c)."""

import pytest
from gics import on_gic
from linuxvm import nk_vm
from modtest import check_module
from tally import did
from test_guests import raw_vm
from test_linux_nkops import kernel_log, no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules", "guest_programs")]

# VM 3 is each side of each family once; the loops are for afterwards.
SYSTEM = """
&hyp { pmem-size = <0x400000>; };
&vm2_vdevs {
	serve1: serve1 { compatible = "vrpc"; info = "test-direct"; server; };
	serve2: serve2 { compatible = "vrpc"; info = "test-thread"; server; };
	call1 { peer-phandle = <&call1>; info = "test-direct"; client; };
	call2 { peer-phandle = <&call2>; info = "test-thread"; client; };
	rloop: rloop@s { compatible = "vrpc"; info = "test-loop"; server; };
	rloop@c { peer-phandle = <&rloop>; info = "test-loop"; client; };
	heat: heat { compatible = "vrpc"; info = "vthermal"; server; };
	pd: pd { compatible = "vrpc"; info = "vpd_ctrl"; server; };
	clk: clk { compatible = "vrpc"; info = "vclk_ctrl"; server; };
	fastclk: fastclk { compatible = "vrpc"; info = "vclk_fast_ctrl"; server; };
	farclk { peer-phandle = <&farclk>; info = "vclk_ctrl"; client; };
	farfast { peer-phandle = <&farfast>; info = "vclk_fast_ctrl"; client; };
	clock { peer-phandle = <&clock>; info = "vrtc"; client; };
	far { peer-phandle = <&far>; info = "vpd_ctrl"; client; };
	smq: smq { compatible = "test-smq"; };
	box: box { compatible = "test-mbox"; };
	loop: loop@a { compatible = "test-smq-loop"; };
	loop@b { peer-phandle = <&loop>; };
};
&vm2_vplatform {
	export { compatible = "vl,vpower-domain-be"; vl,vm-id = <3>; };
	crystal: crystal { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <24000000>; };
	there: there { compatible = "vl,vclk-fe"; vl,clock-provider-name = "there"; #clock-cells = <0>; };
	user: user { compatible = "disabled"; clocks = <&crystal>, <&there>; };
	clocks {
		compatible = "vl,vclk-be";
		vl,vm-id = <3>;
		vl,clock-providers = <&crystal>;
		vl,clock-provider-names = "crystal";
		clk@0 { vl,clock-ref = <&user>; vl,use-fast-rpc; };
	};
};
&vm3_vdevs {
	heat { peer-phandle = <&heat>; client; };
	pd { peer-phandle = <&pd>; client; };
	clk { peer-phandle = <&clk>; client; };
	fastclk { peer-phandle = <&fastclk>; client; };
	farclk: farclk { compatible = "vrpc"; server; };
	farfast: farfast { compatible = "vrpc"; server; };
	clock: clock { compatible = "vrpc"; server; };
	far: far { compatible = "vrpc"; server; };
	serve1 { peer-phandle = <&serve1>; client; };
	serve2 { peer-phandle = <&serve2>; client; };
	call1: call1 { compatible = "vrpc"; server; };
	call2: call2 { compatible = "vrpc"; server; };
	smq { peer-phandle = <&smq>; };
	box { peer-phandle = <&box>; };
};
"""
LINKS = 16
FAMILIES = "vthermal-be vlx-pm-domain-be vlx-pm-domain-fe vrtc-fe vlx-clk-ctrl-be vlx-clk-ctrl-fe"
SECONDS = 8
ALL = "vrpc, vsmq, vmbox"


def check_hostile(machine, seconds):
    """The drivers work against it all the time; then the same kernel's work among themselves."""
    machine.wait_line(3, rf"^hostile: {LINKS} links$")
    for module, args in ("vrpc-test", "load=1"), ("vsmq-test", "load=1"), ("vmbox-test", "backend=8"):
        machine.check(2, f"modprobe {module} {args}")
    machine.check(2, f"for m in {FAMILIES}; do modprobe $m || exit 1; done")
    machine.wait_line(3, r"^hostile: all links were up$")
    machine.wait_line(3, r"^hostile: done$", seconds + 60)
    log = kernel_log(machine, 2)
    down = [line for line in log if "taken down" in line]
    assert sum("cannot be used" in line for line in log) <= 2 * (1 + (seconds + 20) // 10)
    print("\n".join(down))
    assert 2 <= len(down) <= LINKS * (1 + (seconds + 20) // 10), "\n".join(down)
    no_complaints(machine, 2)
    machine.check(2, f"rmmod {FAMILIES} vlx-vcall vrpc-test vsmq-test vmbox-test", timeout=60)
    check_module(machine, 2, "vsmq-test", "messages=0")
    machine.check(2, "rmmod vsmq-test vmbox vsmq; modprobe vrpc; cat /proc/nk/vrpc")
    no_complaints(machine, 2)
    did(ALL, "seconds of a hostile peer", seconds)
    did(ALL, "lines that the kernel said of it", len(down))


def hostile(boot_linux, system_dts, gic, seed, seconds):
    vm = raw_vm("hostile-msg", [1], vm=3, bootargs=f"seed={seed} seconds={seconds}", size=0x00800000)
    machine = boot_linux(system_dts(nk_vm(2, [0], "nk-core") + vm + SYSTEM), vms=(2,), gic=gic, cpus=2, mem=1024)
    check_hostile(machine, seconds)
    assert machine.quit() == 0


@on_gic(2)
def test_hostile_msg(boot_linux, system_dts, gic):
    hostile(boot_linux, system_dts, gic, gic, SECONDS)
