# SPDX-License-Identifier: Apache-2.0
"""The systems of nk-bench in which one VM is attacked by others: tests/guests/victim and flood."""

import typing

VM = """
&vm{vm} {{
	name = "{kernel}{vm}";
	kernel = "{kernel}";
	kernel-offset = <0x80000>;
	bootargs = "{args}";
	on-stray = "stop";
	memory {{ size = <0x0 0x00800000>; base = <0x0 0x40000000>; }};
}};
&vm{vm}_vcpus {{ #count = <{count}>; affinity = "{cpus}"; {vcpus} }};
"""
VICTIM = 2
PACE = 60  # ticks of the counter that a CPU gets at a time


class Attack(typing.NamedTuple):
    """What the attackers do, three VMs with one vCPU or one with three; what the victim is told, and who waits on its CPU."""

    what: str
    apart: bool
    told: str = ""
    movers: bool = False


ATTACKS = {
    "post": Attack("post", False),
    "posts": Attack("post", True),
    "mixed": Attack("post sysconf sgi prop power psci focus extent", False),
    "life": Attack("post life", True),
    "faults": Attack("life fault", True),
    "kicks": Attack("kick", True),
    "lines": Attack("say", True),
    "movers": Attack("psci", True, movers=True),
    "watch": Attack("watch", True),
    "logs": Attack("log", True),
    "deaf": Attack("post", False, "deaf"),
}

# Those wait below the victim, and look for another CPU where they might run, in vain: the only one has a time table, so
# nobody comes to it. They end by themselves, after the victim has.
MOVERS = range(6, 12)
MOVERS_CPUS = [0, 1]
MOVERS_VCPUS = 'migration = "on"; time-slice = <100>; vcpu@0 { cpu = <0>; };'
MOVERS_TABLE = """
&hyp { schedule { table@0 {
	cpus = "1";
	frame = <1000>;
	window@0 { start = <0>; length = <1000>; vms = "3"; };
}; }; };
"""
# Of an attacker that kicks; the victim serves it.
DEVICE = """
&vm{vm}_vplatform {{ dev@a003000 {{
	compatible = "vl,virtio-device,mmio";
	reg = <0x0 0x0a003000 0x0 0x200>;
	interrupts = <0 42 1>;
	vl,device-vmid = <{victim}>;
	vl,device-name = "flood";
}}; }};
"""
ABOVE = "priority = <9>;"
# Room for monitoring and for lines, in the trees of those who use it.
ROOM = {
    "watch": """
&hyp { monitoring { log-size = <0x4000>; stats { compatible = "vl,evt-stats"; }; }; };
&hyp_property { nk.monitoring.enable { allow-set = "3,4,5"; }; };
""",
    "logs": '&hyp { logs { log@0 { size = <0x4000>; writers = "*"; }; }; };',
}


def ends(attack):
    """What nk's last line may say: 3 when it had ended a VM that was not started again."""
    return (0, 3) if "fault" in ATTACKS[attack].what else (0,)


def vm(number, kernel, args, cpus, vcpus="", count=0):
    return VM.format(vm=number, kernel=kernel, args=args, count=count or len(cpus), cpus=",".join(map(str, cpus)), vcpus=vcpus)


def system(attack, ticks):
    """The system device tree of one of ATTACKS; the victim measures for so many milliseconds."""
    what, apart, told, movers = ATTACKS[attack]
    attackers = {3: [1], 4: [2], 5: [3]} if apart else {3: [1, 2, 3]}
    vcpus = ABOVE if movers else ""
    text = vm(VICTIM, "victim", f"ticks={ticks} {told}", [0], vcpus)
    if movers:
        text += MOVERS_TABLE + "".join(vm(number, "share", f"spin for={2 * ticks}", MOVERS_CPUS, MOVERS_VCPUS, 1) for number in MOVERS)
    links = permissions = ""
    for number, cpus in attackers.items():
        text += vm(number, "flood", f"victim={VICTIM} {what} pace={PACE}", cpus, vcpus)
        if "kick" in what:
            text += DEVICE.format(vm=number, victim=VICTIM)
        links += f' f{number}: flood@{number} {{ compatible = "flood"; server; }};'
        text += f"&vm{number}_vdevs {{ flood@2 {{ peer-phandle = <&f{number}>; client; }}; }};\n"
        permissions += (f' nk.vm.{number}.state.running {{ allow-set = "*"; allow-get = "{VICTIM}";'
                        f' allow-notify = "{VICTIM}"; }};')
    permissions += f' nk.focus {{ allow-set = "*"; allow-get = "*"; allow-notify = "{VICTIM}"; }};'
    permissions += ' flood.bell { size = <4>; allow-set = "*"; allow-get = "*"; allow-notify = "*"; };'
    return ("/dts-v1/;\n#include <nk/vlm.dtsi>\n" + text + f"&vm{VICTIM}_vdevs {{{links} }};\n"
            f"&hyp_property {{{permissions} }};\n" + ROOM.get(attack, ""))
