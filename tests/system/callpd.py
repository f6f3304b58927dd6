# SPDX-License-Identifier: Apache-2.0
"""vpd: power domains of one VM for devices of another. Part of test_vcall."""

from linuxvm import same_pmem, wait_for
from tally import did

BACK, FRONT = 2, 3
# Of provider a the domains 0 to 2 are exported, 1 by its name, 2 is on from the start; the one of b is, as it has no cells.
SYSTEM = """
&vm2_vdevs {
	pd: vpd@be { compatible = "vrpc"; server; info = "vpd_ctrl"; };
};
&vm3_vdevs {
	vpd@fe { peer-phandle = <&pd>; client; info = "vpd_ctrl"; };
};
&vm2_vplatform {
	pd_a: pd-a { compatible = "nk,test-pd"; #power-domain-cells = <2>; };
	pd_b: pd-b { compatible = "nk,test-pd"; #power-domain-cells = <0>; };
	user0: user0 { compatible = "disabled"; power-domains = <&pd_a 0 7>; };
	user1: user1 {
		compatible = "disabled";
		power-domains = <&pd_a 3 7>, <&pd_a 1 7>, <&pd_a 2 7>;
		power-domain-names = "three", "one", "two";
	};
	export@3 {
		compatible = "vl,vpower-domain-be";
		vl,vm-id = <3>;
		vl,power-domain-providers = <&pd_a>, <&pd_b>;
		vl,power-domain-provider-names = "a", "b";
		pd@0 { vl,power-domain-ref = <&user0>; };
		pd@1 {
			vl,power-domain-ref = <&user1>;
			vl,power-domain-names = "one", "two";
			vl,power-domain-init-on = <1>;
		};
	};
};
&vm3_vplatform {
	far_a: far-a { compatible = "vl,vpower-domain-fe"; vl,power-domain-provider-name = "a"; #power-domain-cells = <2>; };
	far_b: far-b { compatible = "vl,vpower-domain-fe"; vl,power-domain-provider-name = "b"; #power-domain-cells = <0>; };
	use0 { compatible = "nk,test-pd-consumer"; power-domains = <&far_a 0 7>; };
	use1 { compatible = "nk,test-pd-consumer"; power-domains = <&far_a 1 7>; };
	use2 { compatible = "nk,test-pd-consumer"; power-domains = <&far_b>; };
	use3 { compatible = "nk,test-pd-consumer"; power-domains = <&far_a 3 7>; };
	use4 { compatible = "nk,test-pd-consumer"; power-domains = <&far_a 0 8>; };
};
"""
PARAMETERS = "/sys/module/vpd_test/parameters"
ALWAYS, A0, A1, B = 1 << 2, 1 << 0, 1 << 1, 1 << 4


def is_on(machine):
    return int(machine.check(BACK, f"cat {PARAMETERS}/is_on"))


def want(machine, bits, good=True):
    machine.check(FRONT, f"{'' if good else '! '}echo {bits} >{PARAMETERS}/wanted", timeout=60)


def load_back(machine):
    machine.check(BACK, "modprobe vpd-test && modprobe vlx-pm-domain-be")


def settles(machine):
    """Linux has each domain on while its device is probed. A device is not, whose domain is not exported."""
    wait_for(machine, FRONT, "[ \"$(cd /sys/bus/platform/drivers/test-pd-consumer; echo use*)\" = 'use0 use1 use2' ]")
    wait_for(machine, BACK, f"[ $(cat {PARAMETERS}/is_on) = {ALWAYS} ]")


def check_domains(machine):
    """Each follows its consumer."""
    load_back(machine)
    assert is_on(machine) == ALWAYS
    machine.check(FRONT, "modprobe vlx-pm-domain-fe && modprobe vpd-test")
    settles(machine)
    for bits, on in (1, A0), (3, A0 | A1), (7, A0 | A1 | B), (4, B), (0, 0):
        want(machine, bits)
        assert is_on(machine) == on | ALWAYS
    machine.check(FRONT, "mount -t debugfs debugfs /sys/kernel/debug; cat /sys/kernel/debug/pm_genpd/pm_genpd_summary >/tmp/summary; "
                         "umount /sys/kernel/debug; grep -q '^a:0:7 ' /tmp/summary && grep -q '^b ' /tmp/summary")


def check_back_restarts(machine, turns):
    """What was on is on again; what cannot be switched meanwhile is an error."""
    want(machine, 5)
    for _ in range(turns):
        machine.check(BACK, "rmmod vlx-pm-domain-be")
        assert is_on(machine) == 0
        machine.check(BACK, "modprobe vlx-pm-domain-be")
        wait_for(machine, BACK, f"[ $(cat {PARAMETERS}/is_on) = {A0 | B | ALWAYS} ]")
        did("vpd", "restarts of one side's module under use")
    machine.check(BACK, "rmmod vlx-pm-domain-be")
    want(machine, 7, good=False)
    machine.check(BACK, "modprobe vlx-pm-domain-be")
    want(machine, 7)
    assert is_on(machine) == A0 | A1 | B | ALWAYS


def check(machine, turns):
    check_domains(machine)
    with same_pmem(machine):
        check_back_restarts(machine, turns)


def check_awake(machine):
    """Both VMs have slept meanwhile, as other families' checks have them: what is on has stayed so, and can be switched."""
    assert is_on(machine) == A0 | A1 | B | ALWAYS
    for bits, on in (1, A0), (7, A0 | A1 | B):
        want(machine, bits)
        assert is_on(machine) == on | ALWAYS


def check_front_again(machine):
    """Its whole VM has begun anew; nothing of it has stayed on."""
    wait_for(machine, BACK, f"[ $(cat {PARAMETERS}/is_on) = {ALWAYS} ]")
    machine.check(FRONT, "modprobe vlx-pm-domain-fe && modprobe vpd-test")
    settles(machine)
    want(machine, 1)
    assert is_on(machine) == A0 | ALWAYS
    did("vpd", "restarts of the front-end's VM")


def check_again(machine):
    """The back-end's whole VM has begun anew."""
    load_back(machine)
    wait_for(machine, BACK, f"[ $(cat {PARAMETERS}/is_on) = {A0 | ALWAYS} ]")
    want(machine, 0)
    machine.check(FRONT, "! rmmod vlx-pm-domain-fe")  # devices are in its domains
    machine.check(FRONT, "rmmod vpd-test vlx-pm-domain-fe")
    machine.check(BACK, "rmmod vlx-pm-domain-be vpd-test")
