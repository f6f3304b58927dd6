# SPDX-License-Identifier: Apache-2.0
"""vclk: clocks of one VM for drivers of another. Part of test_vcall; behind callvrtc, whose clocks wake both."""

from linuxvm import same_pmem, wait_for
from tally import did

BACK, FRONT = 2, 3
RATES = "pll0", "pll1", "mux", "div"
# Of provider a all but a gate are exported to VM 3, which has `bad` use that one.
SYSTEM = """
&vm2_vdevs {
	clocks: vclk@be { compatible = "vrpc"; server; info = "vclk_ctrl"; };
	fast: vclk_fast@be { compatible = "vrpc"; server; info = "vclk_fast_ctrl"; };
};
&vm3_vdevs {
	vclk@fe { peer-phandle = <&clocks>; client; info = "vclk_ctrl"; };
	vclk_fast@fe { peer-phandle = <&fast>; client; info = "vclk_fast_ctrl"; };
};
&vm2_vplatform {
	clk_a: clk-a { compatible = "nk,test-clk"; #clock-cells = <2>; };
	clk_b: clk-b { compatible = "nk,test-clk"; #clock-cells = <1>; };
	clk_dev0: clk-dev0 {
		compatible = "disabled";
		clocks = <&clk_a 0 7>, <&clk_a 1 7>, <&clk_a 2 7>, <&clk_a 3 7>, <&clk_a 4 7>, <&clk_a 5 7>, <&clk_a 6 7>;
		clock-names = "pll0", "pll1", "mux", "div", "gate0", "gate1", "hidden";
	};
	clk_dev1: clk-dev1 {
		compatible = "disabled";
		clocks = <&clk_b 4>, <&clk_b 5>, <&clk_b 6>, <&clk_b 7>;
		clock-names = "none", "both", "down", "up";
	};
	vlx-clk-be@3 {
		compatible = "vl,vclk-be";
		vl,vm-id = <3>;
		vl,clock-providers = <&clk_a>, <&clk_b>;
		vl,clock-provider-names = "a", "b";
		clk@0 { vl,clock-ref = <&clk_dev0>; vl,clock-names = "pll0", "pll1", "mux", "div", "gate0"; };
		clk@1 { vl,clock-ref = <&clk_dev0>; vl,clock-names = "gate1"; vl,use-fast-rpc; };
		clk@2 { vl,clock-ref = <&clk_dev1>; vl,clock-names = "none"; vl,force-enable; };
		clk@3 { vl,clock-ref = <&clk_dev1>; vl,clock-names = "both"; vl,s2r-suspend; vl,s2r-resume; };
		clk@4 { vl,clock-ref = <&clk_dev1>; vl,clock-names = "down"; vl,s2r-suspend; };
		clk@5 { vl,clock-ref = <&clk_dev1>; vl,clock-names = "up"; vl,s2r-resume; };
	};
};
&vm3_vplatform {
	far_clk_a: pll-a { compatible = "vl,vclk-fe"; vl,clock-provider-name = "a"; #clock-cells = <2>; };
	far_clk_b: pll-b { compatible = "vl,vclk-fe"; vl,clock-provider-name = "b"; #clock-cells = <1>; };
	user {
		compatible = "nk,test-clk-user";
		clocks = <&far_clk_a 0 7>, <&far_clk_a 1 7>, <&far_clk_a 2 7>, <&far_clk_a 3 7>, <&far_clk_a 4 7>, <&far_clk_a 5 7>,
			 <&far_clk_b 5>, <&far_clk_b 6>, <&far_clk_b 7>;
		clock-names = "pll0", "pll1", "mux", "div", "gate0", "gate1", "both", "down", "up";
		assigned-clocks = <&far_clk_a 3 7>;
		assigned-clock-rates = <24000000>;
	};
	bad { compatible = "nk,test-clk-user"; clocks = <&far_clk_a 6 7>; clock-names = "hidden"; };
};
"""
FE = "modprobe vlx-clk-ctrl-fe fast_ms=1000"
USER = "/sys/module/vclk_user_test/parameters"
HW = "/sys/module/vclk_hw_test/parameters"
GATES = {"gate0": "clk-a-gate0", "gate1": "clk-a-gate1", "none": "clk-b-gate0", "both": "clk-b-gate1", "down": "clk-b-gate2", "up": "clk-b-gate3"}


def debug(machine, vm, files):
    """Files of its /sys/kernel/debug/clk, in one line."""
    machine.check(vm, "grep -q debugfs /proc/mounts || mount -t debugfs debugfs /sys/kernel/debug")
    return machine.check(vm, f"cd /sys/kernel/debug/clk && cat {files} && cd /").split()


def rates(machine):
    return [int(rate) for rate in debug(machine, BACK, " ".join(f"clk-a-{name}/clk_rate" for name in RATES))]


def counts_file(name):
    return f"{GATES[name]}/clk_prepare_count {GATES[name]}/clk_enable_count"


def held(machine, name):
    """How often a gate of the back-end is prepared and enabled."""
    return tuple(map(int, debug(machine, BACK, counts_file(name))))


def wait_held(machine, **wanted):
    machine.check(BACK, "grep -q debugfs /proc/mounts || mount -t debugfs debugfs /sys/kernel/debug")
    for name, (prepared, enabled) in wanted.items():
        wait_for(machine, BACK, f'[ "$(cd /sys/kernel/debug/clk; echo $(cat {counts_file(name)}))" = "{prepared} {enabled}" ]')


def act(machine, what, good=True):
    """What a consumer's driver does; gives what it got."""
    machine.check(FRONT, f"{'' if good else '! '}echo {what} >{USER}/act", timeout=60)
    return int(machine.check(FRONT, f"cat {USER}/result"))


def acts(machine, *what):
    for one in what:
        act(machine, one)


def parameter(machine, name):
    return int(machine.check(BACK, f"cat {HW}/{name}"))


def wait_bound(machine):
    """The driver takes orders. Its link to the device is there earlier, and goes again when it has to wait."""
    wait_for(machine, FRONT, f"echo div rate >{USER}/act 2>/dev/null")


def check_order(machine):
    """A consumer waits for the back-end, and for the back-end's own provider; one whose clock is not exported waits for ever."""
    machine.check(FRONT, f"{FE} && modprobe vclk-user-test && [ ! -e /sys/bus/platform/drivers/test-clk-user/user ]")
    machine.check(BACK, "modprobe vlx-clk-ctrl-be")
    machine.check(FRONT, "[ ! -e /sys/bus/platform/drivers/test-clk-user/user ]")
    machine.check(BACK, "modprobe vclk-hw-test")
    wait_bound(machine)
    machine.check(FRONT, "[ ! -e /sys/bus/platform/drivers/test-clk-user/bad ] && dmesg | grep -q 'a:6:7 is not exported'")
    machine.check(BACK, "rmmod vlx-clk-ctrl-be && modprobe vlx-clk-ctrl-be")  # its own clock is on from the start
    wait_held(machine, none=(1, 1))


def check_rates(machine):
    """Each is the back-end's; what follows there is seen here, and is set by nobody."""
    assert rates(machine) == [960000000, 960000000, 960000000, 24000000]
    act(machine, "pll0 set-rate 480000000")
    assert rates(machine) == [480000000, 960000000, 480000000, 12000000]
    assert act(machine, "div rate") == 12000000
    rounded = act(machine, "div round-rate 7000000")
    assert rounded != 7000000 and rates(machine)[3] == 12000000
    act(machine, "div set-rate 7000000")
    assert rates(machine)[3] == rounded == act(machine, "div rate")
    act(machine, "div set-rate 12000000")
    act(machine, "gate0 set-rate 6000000")  # over there it is its parent's
    assert rates(machine)[3] == act(machine, "gate0 rate") == act(machine, "div rate") == 6000000
    act(machine, "gate0 set-rate 4000000")
    act(machine, "div set-rate 6000000")  # as Linux here still has it
    assert rates(machine)[3] == 6000000
    assert debug(machine, FRONT, "a:3:7/clk_rate a:4:7/clk_rate") == ["6000000", "6000000"]


def check_parents(machine):
    assert act(machine, "mux parent pll0") and not act(machine, "mux parent pll1") and act(machine, "div parent mux")
    act(machine, "mux set-parent pll1")
    assert debug(machine, BACK, "clk-a-mux/clk_parent") == ["clk-a-pll1"]
    assert act(machine, "mux parent pll1") and act(machine, "div rate") == 12000000
    act(machine, "mux set-parent gate0", good=False)
    act(machine, "div set-parent pll0", good=False)
    assert debug(machine, BACK, "clk-a-mux/clk_parent clk-a-div/clk_parent") == ["clk-a-pll1", "clk-a-mux"]


def check_signal(machine):
    assert act(machine, "gate0 accuracy") == 50000 and act(machine, "gate0 duty") == 50000 and act(machine, "gate0 phase") == 0
    acts(machine, "gate0 set-phase 90", "gate0 set-duty 30")
    assert debug(machine, BACK, "clk-a-gate0/clk_phase clk-a-gate0/clk_duty_cycle") == ["90", "30/100"]
    act(machine, "div set-phase 90", good=False)  # a divider over there has none
    assert act(machine, "gate0 phase") == 90 and act(machine, "gate0 duty") == 30000


def check_enable(machine):
    """With prepare; or, of a clock with the fast link, by itself, in interrupts of both sides."""
    for what, counts in ("prepare", (1, 1)), ("enable", (1, 1)), ("irq-disable", (1, 1)), ("unprepare", (0, 0)):
        act(machine, f"gate0 {what}")
        assert held(machine, "gate0") == counts, what
    act(machine, "gate1 prepare")
    assert held(machine, "gate1") == (1, 0)
    switched, in_irq = parameter(machine, "switched"), parameter(machine, "in_irq")
    for what, counts in ("irq-enable", (1, 1)), ("irq-disable", (1, 0)), ("enable", (1, 1)), ("disable", (1, 0)):
        act(machine, f"gate1 {what}")
        assert held(machine, "gate1") == counts, what
    assert parameter(machine, "switched") == switched + 4 and parameter(machine, "in_irq") == in_irq + 4
    acts(machine, "gate1 irq-enable", "gate1 disable", "gate1 unprepare")
    assert held(machine, "gate1") == (0, 0) and held(machine, "none") == (1, 1)


def set_all(machine):
    acts(machine, "pll0 set-rate 480000000", "pll1 set-rate 320000000", "mux set-parent pll1", "div set-rate 10000000", "gate0 set-phase 90",
         "gate0 prepare", "gate1 prepare", "gate1 irq-enable")


def check_all(machine):
    """The back-end has what set_all() has asked for, as soon as it is told at all."""
    wait_held(machine, gate0=(1, 1), gate1=(1, 1), none=(1, 1))
    assert rates(machine) == [480000000, 320000000, 320000000, 10000000]
    assert debug(machine, BACK, "clk-a-mux/clk_parent clk-a-gate0/clk_phase") == ["clk-a-pll1", "90"]


def check_back_restarts(machine, turns):
    """It, and what it has the clocks of, know nothing then."""
    for _ in range(turns):
        machine.check(BACK, "rmmod vlx-clk-ctrl-be")
        assert held(machine, "gate0") == held(machine, "gate1") == held(machine, "none") == (0, 0)
        machine.check(BACK, "rmmod vclk-hw-test && modprobe vclk-hw-test")
        assert rates(machine)[0] == 960000000
        machine.check(BACK, "modprobe vlx-clk-ctrl-be")
        check_all(machine)
        did("vclk", "restarts of one side's module under use")


def check_gone(machine):
    """Errors, within a bound; what may not wait gives one at once. What was let go of meanwhile is not on afterwards."""
    machine.check(BACK, "rmmod vlx-clk-ctrl-be")
    for what in "both prepare", "div set-rate 20000000", "mux set-parent pll0":
        act(machine, what, good=False)
    assert act(machine, "div rate") == 10000000
    act(machine, "gate1 irq-disable")
    act(machine, "gate1 irq-enable", good=False)
    act(machine, "gate0 unprepare")
    machine.check(BACK, "modprobe vlx-clk-ctrl-be")
    wait_held(machine, gate0=(0, 0), gate1=(1, 0))
    acts(machine, "gate1 irq-enable", "gate0 prepare", "both prepare")
    check_all(machine)
    assert held(machine, "both") == (1, 1)
    act(machine, "both unprepare")


def check_front_restarts(machine, turns):
    for _ in range(turns):
        acts(machine, "gate1 disable", "gate1 unprepare", "gate0 unprepare")
        machine.check(FRONT, "! rmmod vlx-clk-ctrl-fe && rmmod vclk-user-test vlx-clk-ctrl-fe")
        assert held(machine, "gate0") == held(machine, "gate1") == (0, 0)
        machine.check(FRONT, f"modprobe vclk-user-test && {FE}")
        wait_bound(machine)
        assert rates(machine)[3] == act(machine, "div rate") and act(machine, "mux parent pll1")
        set_all(machine)
        check_all(machine)
        did("vclk", "restarts of one side's module under use")


def sleep(machine, vm):
    machine.check(vm, "echo 0 >/sys/class/rtc/rtc0/wakealarm; echo +2 >/sys/class/rtc/rtc0/wakealarm; echo freeze >/sys/power/state", timeout=60)


def check_sleep(machine):
    """The back-end's, as the properties have it; the front-end's, whose clocks stay as they are."""
    acts(machine, "both prepare", "down prepare")
    wait_held(machine, both=(1, 1), down=(1, 1), up=(0, 0))
    switched = parameter(machine, "switched")
    sleep(machine, BACK)
    assert parameter(machine, "switched") == switched + 4
    wait_held(machine, both=(1, 1), down=(0, 0), up=(1, 1))
    acts(machine, "both unprepare", "down unprepare", "down prepare")
    wait_held(machine, both=(0, 0), down=(1, 1), up=(1, 1))
    act(machine, "down unprepare")
    check_all(machine)
    sleep(machine, FRONT)
    check_all(machine)
    assert held(machine, "down") == (0, 0) and act(machine, "div rate") == 10000000


def check(machine, turns):
    check_order(machine)
    check_rates(machine)
    check_parents(machine)
    check_signal(machine)
    check_enable(machine)
    set_all(machine)
    with same_pmem(machine):
        check_back_restarts(machine, turns)
        check_front_restarts(machine, turns)
    check_gone(machine)
    check_sleep(machine)


def check_front_again(machine):
    """Its whole VM has begun anew: nothing of it has stayed on, and its next life has it all."""
    wait_held(machine, gate0=(0, 0), gate1=(0, 0), none=(1, 1))
    machine.check(FRONT, f"{FE} && modprobe vclk-user-test")
    wait_bound(machine)
    set_all(machine)
    check_all(machine)
    did("vclk", "restarts of the front-end's VM")


def check_again(machine):
    """The back-end's whole VM has begun anew."""
    machine.check(BACK, "modprobe vclk-hw-test && modprobe vlx-clk-ctrl-be")
    check_all(machine)
    did("vclk", "restarts of the back-end's VM")
    acts(machine, "gate1 disable", "gate1 unprepare", "gate0 unprepare")
    machine.check(FRONT, "rmmod vclk-user-test vlx-clk-ctrl-fe")
    wait_held(machine, gate0=(0, 0), gate1=(0, 0), none=(1, 1))
    machine.check(BACK, "rmmod vlx-clk-ctrl-be vclk-hw-test")
