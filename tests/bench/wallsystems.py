# SPDX-License-Identifier: Apache-2.0
"""The systems of nk-bench in which one VM is attacked by others: tests/guests/victim and flood."""

VM = """
&vm{vm} {{
	name = "{kernel}{vm}";
	kernel = "{kernel}";
	kernel-offset = <0x80000>;
	bootargs = "{args}";
	on-stray = "stop";
	memory {{ size = <0x0 0x00800000>; base = <0x0 0x40000000>; }};
}};
&vm{vm}_vcpus {{ #count = <{count}>; affinity = "{cpus}"; migration = "off"; }};
"""
VICTIM = 2
PACE = 60  # ticks of the counter that a CPU gets at a time

# Name: what the attackers do, one VM with three vCPUs or three with one, what the victim is told.
ATTACKS = {
    "post": ("post", False, ""),
    "posts": ("post", True, ""),
    "mixed": ("post sysconf sgi prop power psci focus extent", False, ""),
    "life": ("post life", True, ""),
    "faults": ("life fault", True, ""),
    "lines": ("say", True, ""),
    "deaf": ("post", False, "deaf"),
}


def ends(attack):
    """What nk's last line may say: 3 when it had ended a VM that was not started again."""
    return (0, 3) if "fault" in ATTACKS[attack][0] else (0,)


def vm(number, kernel, args, cpus):
    return VM.format(vm=number, kernel=kernel, args=args, count=len(cpus), cpus=",".join(map(str, cpus)))


def system(attack, ticks):
    """The system device tree of one of ATTACKS; the victim measures for so many milliseconds."""
    what, apart, told = ATTACKS[attack]
    attackers = {3: [1], 4: [2], 5: [3]} if apart else {3: [1, 2, 3]}
    text = vm(VICTIM, "victim", f"ticks={ticks} {told}", [0])
    links = permissions = ""
    for number, cpus in attackers.items():
        text += vm(number, "flood", f"victim={VICTIM} {what} pace={PACE}", cpus)
        links += f' f{number}: flood@{number} {{ compatible = "flood"; server; }};'
        text += f"&vm{number}_vdevs {{ flood@2 {{ peer-phandle = <&f{number}>; client; }}; }};\n"
        permissions += (f' nk.vm.{number}.state.running {{ allow-set = "*"; allow-get = "{VICTIM}";'
                        f' allow-notify = "{VICTIM}"; }};')
    permissions += f' nk.focus {{ allow-set = "*"; allow-get = "*"; allow-notify = "{VICTIM}"; }};'
    permissions += ' flood.bell { size = <4>; allow-set = "*"; allow-get = "*"; allow-notify = "*"; };'
    return ("/dts-v1/;\n#include <nk/vlm.dtsi>\n" + text + f"&vm{VICTIM}_vdevs {{{links} }};\n"
            f"&hyp_property {{{permissions} }};\n")
