# SPDX-License-Identifier: Apache-2.0
"""What nk's drivers carry between two Debian guests, over what one kernel carries within itself.

The guests' init is linkbench.init, and nobody types. Under -icount all CPUs share one clock, which counts the
instructions of both guests and of nk, so a ratio of times is one of instructions, and two runs agree. QEMU's own
network has two processes with a clock each, and its disk one of the host's, so there it is the guests' instructions that are
compared; what QEMU itself does for them is not counted, and they depend a little on the host.
"""

import re
import socket
import subprocess

from benchrun import BenchError, run_nk, vectors
from nklib import build, qemu
from nklib.machine import TIME_SCALE

WORK = build.BUILD / "bench"
PLUGIN = WORK / "spans.so"
MIB = 64  # of a stream
ROUNDS = 5000  # calls, messages
FRAME = 1514  # bytes, at an Ethernet's MTU

# The order in which linkbench.init measures, which is that of the plugin's spans.
SPANS = ["veth2", "loopback", "pipe", "vbpipe", "echo", "messages", "rpc-busy", "rpc-direct", "rpc-thread", "mq",
         "disk", "vbd2", "disk-random", "vbd2-random", "virtio-net", "virtio-net-back",
         "virtio-disk", "virtio-random", "qemu-disk", "qemu-random"]
# As the reader measures.
DISK_SPANS = ["disk", "vbd2", "disk-random", "vbd2-random"]
# What is so many times as fast as something of one VM: (name, spans of both). nk-numbers says it in words. A new one
# is measured by linkbench.init, has its place in SPANS, and a row here and there.
RATIOS = [
    ("link_veth2", "veth2", "loopback"),
    ("link_vbpipe", "vbpipe", "pipe"),
    ("link_vrpc_busy", "rpc-busy", "echo"),
    ("link_vrpc_direct", "rpc-direct", "echo"),
    ("link_vrpc_thread", "rpc-thread", "echo"),
    ("link_vmq", "mq", "messages"),
    ("link_vbd2", "vbd2", "disk"),
    ("link_vbd2_random", "vbd2-random", "disk-random"),
    ("link_virtio_net", "virtio-net", "loopback"),
    ("link_virtio_net_veth2", "virtio-net", "veth2"),
    ("link_virtio_net_back", "virtio-net-back", "loopback"),
    ("link_virtio_disk", "virtio-disk", "disk"),
    ("link_virtio_disk_vbd2", "virtio-disk", "vbd2"),
    ("link_virtio_random", "virtio-random", "disk-random"),
    ("link_virtio_random_vbd2", "virtio-random", "vbd2-random"),
]
# The same of a device of QEMU's, by instructions.
QEMU_RATIOS = [
    ("link_virtio_disk_qemu", "virtio-disk", "qemu-disk"),
    ("link_virtio_random_qemu", "virtio-random", "qemu-random"),
]
DISK_RATIOS = [
    ("link_vbd2_grant", "vbd2", "disk"),
    ("link_vbd2_grant_random", "vbd2-random", "disk-random"),
]
# Exits of both VMs: (name, span, of how many of what it counts).
EXITS = [
    ("link_veth2_exits", "veth2", 1 << 20),
    ("link_vbpipe_exits", "vbpipe", 1 << 20),
    ("link_vrpc_busy_exits", "rpc-busy", 1),
    ("link_vrpc_thread_exits", "rpc-thread", 1),
    ("link_vmq_exits", "mq", 1),
    ("link_vbd2_exits", "vbd2", 1 << 20),
    ("link_vbd2_random_exits", "vbd2-random", 1),
    ("link_virtio_net_exits", "virtio-net", 1 << 20),
    ("link_virtio_net_back_exits", "virtio-net-back", 1 << 20),
    ("link_virtio_disk_exits", "virtio-disk", 1 << 20),
    ("link_virtio_random_exits", "virtio-random", 1),
]
# Kicks and interrupts of a VirtIO queue for each of its chains, which are requests or frames, as its back-end counts them: (name,
# span, queue).
QUEUES = [
    ("link_virtio_net", "virtio-net", "net.1"),
    ("link_virtio_net_back", "virtio-net-back", "net.0"),
    ("link_virtio_disk", "virtio-disk", "disk.0"),
    ("link_virtio_random", "virtio-random", "disk.0"),
]
DISK_EXITS = [
    ("link_vbd2_grant_exits", "vbd2", 1 << 20),
    ("link_vbd2_grant_random_exits", "vbd2-random", 1),
]
# The least a value may be, and the most: what is reached, and a twentieth; a tenth for TCP, whose windows another
# kernel's instructions may open otherwise. What is compared with QEMU has no limit, as that is not
# the same in each run, and of VirtIO counts have one, ratios of times none.
LEAST = {
    "link_veth2": 0.7,
    "link_veth2_packets": 140,
    "link_vbpipe": 1.37,
    "link_vrpc_busy": 4.5,
    "link_vrpc_direct": 1.85,
    "link_vrpc_thread": 1.23,
    "link_vmq": 6.3,
    "link_vbd2": 0.4,
    "link_vbd2_random": 0.405,
    "link_vbd2_grant": 0.63,
    "link_vbd2_grant_random": 0.39,
}
MOST = {
    "link_veth2_exits": 20,
    "link_vbpipe_exits": 34.5,
    "link_vrpc_busy_exits": 4.2,
    "link_vrpc_thread_exits": 4.2,
    "link_vmq_exits": 0.067,
    "link_vbd2_exits": 4.9,
    "link_vbd2_random_exits": 0.143,
    "link_vbd2_grant_exits": 25.7,
    "link_vbd2_grant_random_exits": 3.33,
    "link_virtio_net_exits": 33,
    "link_virtio_net_kicks": 0.235,
    "link_virtio_net_interrupts": 0.24,
    "link_virtio_net_back_exits": 34.5,
    "link_virtio_net_back_kicks": 0.002,
    "link_virtio_net_back_interrupts": 0.02,
    "link_virtio_disk_exits": 7.2,
    "link_virtio_disk_kicks": 1.05,
    "link_virtio_disk_interrupts": 1.05,
    "link_virtio_random_exits": 0.223,
    "link_virtio_random_kicks": 0.036,
    "link_virtio_random_interrupts": 0.036,
}

VM = """
&vm{vm} {{
	name = "{role}";
	kernel = "linux";
	initrd = "{initrd}";
	bootargs = "{bootargs}";
	xirq-rate = <1000000>;
	memory {{ size = <0x0 0x08000000>; }};
}};
&vm{vm}_vcpus {{ #count = <1>; affinity = "{cpu}"; migration = "off"; }};
"""
BOOTARGS = "console=ttyAMA0 quiet nokaslr cryptomgr.notests linkbench={role} mib={mib} "
# The page with the last of QEMU's VirtIO devices, whose disk is given to a VM that has its RAM where the machine has it.
QEMU_SLOTS = '", "'.join(f"/virtio_mmio@{at:x}" for at in range(0xa003000, 0xa004000, 0x200))
QEMU_DISK_MIB = 32
VIRTIO = f"""
&vm2 {{ devices = "{QEMU_SLOTS}"; }};
&vm2_vplatform {{
	disk@a010000 {{
		compatible = "vl,virtio-device,mmio";
		reg = <0x0 0x0a010000 0x0 0x200>;
		interrupts = <0 64 1>;
		vl,device-vmid = <3>;
		vl,device-name = "disk";
		share = "all";
	}};
	net@a010200 {{
		compatible = "vl,virtio-device,mmio";
		reg = <0x0 0x0a010200 0x0 0x200>;
		interrupts = <0 65 1>;
		vl,device-vmid = <3>;
		vl,device-name = "net";
		share = "all";
	}};
}};
&vm3_vplatform {{
	disk {{
		compatible = "vl,virtio-device,block";
		vl,driver-vmid = <2>;
		vl,device-name = "disk";
		vl,file = "/dev/ram0";
		vl,read-only;
	}};
	net {{
		compatible = "vl,virtio-device,net";
		vl,driver-vmid = <2>;
		vl,device-name = "net";
		vl,ifname = "vio0";
	}};
}};
"""
LINKS = """
&hyp { pmem-size = <0x02800000>; };
&vm2_vdevs {
	net: net { compatible = "veth2"; info = "net0,,,64"; };
	bulk: bulk { compatible = "vbpipe"; info = ";128K;0;name=bulk"; };
	control: control { compatible = "vbpipe"; info = ";4K;1;name=control"; };
	direct { peer-phandle = <&direct>; info = "bench-direct"; client; };
	thread { peer-phandle = <&thread>; info = "bench-thread"; client; };
	queue: queue { compatible = "vmqb"; };
	disk { peer-phandle = <&disk>; };
};
&vm3_vdevs {
	net { peer-phandle = <&net>; info = "net0,,,64"; };
	bulk { peer-phandle = <&bulk>; info = ";128K;0;name=bulk"; };
	control { peer-phandle = <&control>; info = ";4K;1;name=control"; };
	direct: direct { compatible = "vrpc"; info = "bench-direct"; server; };
	thread: thread { compatible = "vrpc"; info = "bench-thread"; server; };
	queue { peer-phandle = <&queue>; };
	disk: disk {
		compatible = "vbd2";
		info = "64,128,odb,be bootargs: vbd2=(2,202,0:/dev/ram0,rw,nz)";
		pmem-quota = <0x00a00000>;
	};
};
"""


# No buffers: pages are granted.
DISK_LINKS = """
&hyp { pmem-size = <0x00400000>; };
&vm2_vdevs {
	control: control { compatible = "vbpipe"; info = ";4K;1;name=control"; };
	disk { peer-phandle = <&disk>; grants = <4096>; };
};
&vm3_vdevs {
	control { peer-phandle = <&control>; info = ";4K;1;name=control"; };
	disk: disk { compatible = "vbd2"; info = "64,128,pg,be bootargs: vbd2=(2,202,0:/dev/ram0,rw,nz)"; };
};
"""


def bundle(name, roles, links, flavour):
    """A system of two VMs with these roles."""
    path, initrd = WORK / f"{name}.dts", f"rootfs-{name}"
    more = f"rounds={ROUNDS}"
    vms = "".join(VM.format(vm=vm, role=role, cpu=vm - 2, initrd=initrd,
                            bootargs=BOOTARGS.format(role=role, mib=MIB) + more)
                  for vm, role in zip((2, 3), roles))
    path.write_text("/dts-v1/;\n#include <nk/vlm.dtsi>\n" + vms + links)
    return build.bundle(path, {initrd: WORK / f"{initrd}.cpio"}, flavour)


def said(text, what):
    """{name: (count, nanoseconds)} of what a guest measured."""
    if "linkbench done" not in text:
        raise BenchError(f"{what}: did not come to its end\n{text[-3000:]}")
    return {name: (int(count), int(ns)) for name, count, ns in re.findall(r"\blinkbench (\S+) (\d+) (\d+)\s", text)}


def grown(text):
    """{counter of veth2: by how much it has grown}."""
    found = {}
    for when, name, value in re.findall(r"\blinkcount (before|after) (\w+): (\d+)", text):
        found[name] = found.get(name, 0) + int(value) * (1 if when == "after" else -1)
    return found


def queue_counts(text, span, queue):
    """(kicks, chains, interrupts) of a queue during a span."""
    found = {when: list(map(int, counts)) for when, *counts in
             re.findall(rf"\blinkqueue (before|after) {span} {re.escape(queue)} (\d+) (\d+) (\d+)\s", text)}
    return [after - before for before, after in zip(found["before"], found["after"])]


def counted_spans(path, found, spans, what):
    """{span: (instructions, exits to EL2), of both VMs}, as the plugin counted them."""
    lines = [list(map(int, line.split())) for line in path.read_text().splitlines()]
    if set(found) != set(spans) or len(lines) != len(spans):
        raise BenchError(f"{what}: {len(lines)} spans, of {', '.join(found)}")
    return {name: (line[0], line[2] + line[3]) for name, line in zip(spans, lines)}


def add(results, name, gic, value, unit):
    results.add(name, gic, 2, round(value, 3), MOST.get(name), unit, LEAST.get(name))


def begin_machine(role, end, gic):
    """A bare guest with QEMU's network on that end of a socket; it counts into role.txt."""
    more = "modules=virtio_mmio,virtio_net interface=eth0"
    out = WORK / f"{role}.txt"
    out.unlink(missing_ok=True)
    extra = ["-netdev", f"socket,id=net,fd={end.fileno()}", "-device",
             f"virtio-net-device,netdev=net,mac=52:54:00:00:00:{ord(role[0]):02x}", "-icount", "shift=0,sleep=on",
             "-plugin", f"{PLUGIN},vectors=0,out={out}"]
    argv = qemu.argv(build.kernel(), WORK / "rootfs-virtio.cpio", BOOTARGS.format(role=role, mib=MIB) + more,
                     gic=gic, cpus=1, mem=128, el2=False, extra=extra)
    return subprocess.Popen(qemu.tied(argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, pass_fds=[end.fileno()], text=True)


def between_machines(gic, timeout, what):
    """The instructions of both guests for the stream: the last of each one's spans."""
    machines = []
    try:
        for role, end in zip(("send", "take"), socket.socketpair()):
            machines.append(begin_machine(role, end, gic))
            end.close()
        for machine in machines:
            said(machine.communicate(timeout=timeout * TIME_SCALE)[0], what)
    except subprocess.TimeoutExpired:
        raise BenchError(f"{what}: not done in {timeout} s") from None
    finally:
        for machine in machines:
            machine.kill()
            machine.wait()
    return sum(int((WORK / f"{role}.txt").read_text().splitlines()[-1].split()[0]) for role in ("send", "take"))


def compare(results, gic, ratios, found):
    for name, ours, theirs in ratios:
        (count, ns), (their_count, their_ns) = found[ours], found[theirs]
        add(results, name, gic, count / ns / (their_count / their_ns), f"of {theirs}")


def count_exits(results, gic, exits, found, counted):
    for name, span, each in exits:
        add(results, name, gic, counted[span][1] / (found[span][0] / each), "exits")


def count_queues(results, gic, text):
    for name, span, queue in QUEUES:
        kicks, chains, interrupts = queue_counts(text, span, queue)
        add(results, f"{name}_kicks", gic, kicks / chains, "kicks")
        add(results, f"{name}_interrupts", gic, interrupts / chains, "interrupts")


def qemu_disk():
    """QEMU's options for a disk of its own."""
    file = WORK / "disk.img"
    file.write_bytes(bytes(QEMU_DISK_MIB << 20))
    return ["-global", "virtio-mmio.force-legacy=false",
            "-drive", f"if=none,id=disk,format=raw,cache=unsafe,file={file}", "-device", "virtio-blk-device,drive=disk"]


def run_vms(system, spans, gic, what, timeout, extra=()):
    """What the guests said, {span: (count, nanoseconds)}, and {span: (instructions, exits)}."""
    out = WORK / "spans.txt"
    out.unlink(missing_ok=True)
    plugin = ["-plugin", f"{PLUGIN},vectors=0x{vectors()},out={out}"]
    text = run_nk(system, gic, 2, what, timeout, [*plugin, *extra])
    found = said(text, what)
    return text, found, counted_spans(out, found, spans, what)


def measure_grants(results, gic, timeout):
    """The rows of a disk whose pages are granted, with a kernel that has struct pages of what it is granted."""
    system = bundle("grant", ("reader", "holder"), DISK_LINKS, "cloud-13")
    found, counted = run_vms(system, DISK_SPANS, gic, f"granted pages, GICv{gic}", timeout)[1:]
    compare(results, gic, DISK_RATIOS, found)
    count_exits(results, gic, DISK_EXITS, found, counted)


def measure(results, gic, timeout):
    """All rows of drivers for that GIC."""
    system = bundle("link", ("lead", "follow"), LINKS + VIRTIO, "cloud")
    text, found, counted = run_vms(system, SPANS, gic, f"drivers, GICv{gic}", timeout, qemu_disk())
    compare(results, gic, RATIOS, found)
    counters = grown(text)
    for name, number in (("packets", counters["tx_bytes"] / FRAME), ("frames", counters["tx_packets"])):
        add(results, f"link_veth2_{name}", gic, number / counters["tx_doorbells"], f"{name}/doorbell")
    count_exits(results, gic, EXITS, found, counted)
    theirs = between_machines(gic, timeout, f"virtio-net, GICv{gic}")
    for name, span in ("link_veth2_virtio", "veth2"), ("link_virtio_net_virtio", "virtio-net"):
        add(results, name, gic, theirs / counted[span][0], "of virtio-net")
    for name, ours, of_qemu in QEMU_RATIOS:
        add(results, name, gic, counted[of_qemu][0] / counted[ours][0], "of QEMU's")
    count_queues(results, gic, text)
    measure_grants(results, gic, timeout)
