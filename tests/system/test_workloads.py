# SPDX-License-Identifier: Apache-2.0
"""Real workloads over veth2: iperf3, ssh, ping floods, Linux's bridge, XDP; all programs are Debian's."""

import json
import re

import pytest
from gics import on_gic
from linuxvm import nk_vm, restart_vm, wait_for
from test_linux_nkops import no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

# In a row: VM 2 - VM 3 - VM 4. VM 3 has no addresses but on what bridges the two networks, once that is there.
SYSTEM = """
&hyp { pmem-size = <0x00500000>; };
&vm2_vdevs {
	left: vnet@0 {
		compatible = "veth2";
		info = "net0,,,64";
	};
};
&vm3_vdevs {
	vnet@0 {
		peer-phandle = <&left>;
		info = "net0,,,64";
	};
	right: vnet@1 {
		compatible = "veth2";
		info = "net1,,,64";
	};
};
&vm4_vdevs {
	vnet@1 {
		peer-phandle = <&right>;
		info = "net0,,,64";
	};
};
"""
VMS = (2, 3, 4)
LEFT = ((2, "net0"), (3, "net0"))
RIGHT = ((3, "net1"), (4, "net0"))
WAYS = {3: (LEFT,), 4: (LEFT, RIGHT)}  # from VM 2 to these
SIZE = 128 << 20
FRAME = 1514
MTU_MAX = 65521
XDP = "/usr/lib/xdp.o"
SHORT = {"tcp": "-n 4M", "udp": "-b 20M -n 1M", "flood": 200, "file": 1}
LONG = {"tcp": "-t 30", "udp": "-b 20M -t 30", "flood": 20000, "file": 16}  # of which VM 2 keeps two in its RAM


def wait_ping(machine, vm, host):
    wait_for(machine, vm, f"ping -q -c 1 -W 1 10.0.0.{host} >/dev/null", 120)


def serve(machine, vm):
    """A server of iperf3's, listening; one that there was may wait for a client that is gone."""
    machine.run(vm, "killall iperf3")
    wait_for(machine, vm, "! pidof iperf3")
    machine.check(vm, "iperf3 -s -D")
    wait_for(machine, vm, "netstat -ltn | grep -q :5201")


def set_up(machine, vm, interface="net0"):
    """
    Its address, and iperf3. Without IPv6, nothing is sent that nobody asked for; busybox's shell
    takes its own ip and ping for those two; and what a console says in one line costs a test less.
    """
    machine.check(vm, "alias ip=/usr/sbin/ip ping=/usr/sbin/ping")
    machine.check(vm, "count() { ethtool -S $1 | awk '/^Udp: [0-9]/ { print \"full_sockets:\" $6 }"
                      " /^ +[a-z_]+: / { printf \"%s%s \", $1, $2 }' - /proc/net/snmp; }")
    machine.check(vm, "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set lo up;"
                      f" ip addr add 10.0.0.{vm}/24 dev {interface}; ip link set {interface} up")
    serve(machine, vm)


def counters(machine, ends):
    """{(vm, interface): {name: n}}: what ethtool -S shows, and the datagrams that a full socket has cost that VM."""
    shown = {(vm, interface): machine.check(vm, f"count {interface}") for vm, interface in ends}
    return {end: {name: int(n) for name, n in re.findall(r"(\w+):(\d+)", text)} for end, text in shown.items()}


def settled(machine, ends):
    """The same, when nothing is on its way."""
    before = None
    for _ in range(100):
        now = counters(machine, ends)
        if now == before:
            return now
        before = now
    raise AssertionError(f"they do not come to rest: {before}")


def lossless(machine, links, run):
    """What run() returns, and by how much the counters have grown meanwhile. Each frame has come to the other end."""
    ends = [end for link in links for end in link]
    before = settled(machine, ends)
    result = run()
    after = settled(machine, ends)
    grown = {end: {name: n - before[end][name] for name, n in after[end].items()} for end in ends}
    for a, b in links:
        for sender, receiver in (a, b), (b, a):
            assert grown[sender]["tx_packets"] == grown[receiver]["rx_packets"]
            assert grown[sender]["tx_bytes"] == grown[receiver]["rx_bytes"]
    lost = ("tx_dropped", "tx_carrier_errors", "tx_fifo_errors", "rx_dropped", "rx_frame_errors")
    assert not any(n[name] for n in grown.values() for name in lost), grown
    return result, grown


def iperf(machine, host, options):
    """Runs iperf3 in VM 2 to another one, and returns the end of its report and what counters have grown by."""
    command = f"iperf3 -J -c 10.0.0.{host} {options} >/tmp/iperf; cat /tmp/iperf"
    said, grown = lossless(machine, WAYS[host], lambda: machine.check(2, command, 300))
    report = json.loads(said)
    assert "error" not in report, report
    return report["end"], grown


def check_tcp(machine, options, host=3, ways=("", "-R")):
    """One way, and the other."""
    for way in ways:
        end, grown = iperf(machine, host, f"{options} {way}")
        received = end["sum_received"]
        packets, xirqs = (sum(n[name] for n in grown.values()) for name in ("tx_packets", "tx_doorbells"))
        print(f"TCP 2-{host} {way}: {received['bytes']} bytes, {received['bits_per_second'] / 1e6:.0f} Mbit/s of the"
              f" guests' time, {end['sum_sent']['retransmits']} retransmits, {packets} packets, {xirqs} doorbells")
        assert 0 < packets < len(WAYS[host]) * received["bytes"] // FRAME  # segments are made nowhere


def check_udp(machine, options):
    """
    Both ways; what iperf3 misses did not fit into its socket, and was lost nowhere else. It misses only what others
    came behind: of those that did not fit, not the last ones.
    """
    for way in "", "-R":
        end, grown = iperf(machine, 3, f"-u {options} {way}")
        total = end["sum"]
        full = grown[LEFT[0 if way else 1]]["full_sockets"]
        print(f"UDP 2-3 {way}: {total['packets']} datagrams, {total['lost_packets']} lost, {full} by a full socket")
        assert total["packets"] > 0
        assert total["lost_packets"] <= full


def check_shown(machine):
    shown = machine.check(2, "ethtool -i net0; ethtool -g net0; ethtool -k net0; ethtool net0")
    for line in ("driver: veth2", "bus-info: vlink veth2:0 vm3", "rx-checksumming: on", "tx-checksumming: on",
                 "scatter-gather: on", "tcp-segmentation-offload: on", "generic-receive-offload: on",
                 "Link detected: yes", "Duplex: Full"):
        assert re.search(rf"^\s*{re.escape(line)}", shown, re.M), line
    assert re.findall(r"^[RT]X:\s+(\d+)$", shown, re.M) == 4 * ["16384"]


def check_pings(machine, count):
    """Floods; and large ones one after the other, for ping's socket has not the room for a flood's answers."""
    for options, count in (("-f -s 56", count), ("-f -s 1472", count), ("-A -s 60000", count // 20)):
        command = f"ping -q -c {count} {options} 10.0.0.3"
        said, _ = lossless(machine, (LEFT,), lambda: machine.check(2, command, 1200))
        assert f"{count} packets transmitted, {count} received, 0% packet loss" in said


def check_large_frames(machine, options):
    for mtu in MTU_MAX, 1500:
        for vm in 2, 3:
            machine.check(vm, f"ip link set net0 mtu {mtu}")
        said = machine.run(2, f"ping -q -c 1 -W 5 -M do -s {MTU_MAX - 28} 10.0.0.3")
        assert (said[0] == 0) is (mtu == MTU_MAX), said
        if mtu == MTU_MAX:
            check_tcp(machine, options, ways=("",))


def set_up_ssh(machine):
    """VM 3 serves it, for the key of VM 2."""
    machine.check(2, "mkdir -p -m 700 /root/.ssh; echo root:x:0:0::/root:/bin/sh >/etc/passwd;"
                     " dropbearkey -t ed25519 -f /root/.ssh/id_dropbear >/dev/null 2>&1")
    key = re.search(r"^ssh-ed25519 \S+", machine.check(2, "dropbearkey -y -f /root/.ssh/id_dropbear"), re.M)[0]
    machine.check(3, "mkdir -p -m 700 /root/.ssh /etc/dropbear; echo root:x:0:0::/root:/bin/sh >/etc/passwd;"
                     f" echo {key} >/root/.ssh/authorized_keys; dropbear -R -s")


def check_ssh(machine, mib):
    """A command, and a file each way."""
    set_up_ssh(machine)
    ssh = "dbclient -y -y 10.0.0.3"
    assert "linux-3" in machine.check(2, f"{ssh} hostname 2>/dev/null", 120)
    machine.check(2, f"dd if=/dev/urandom of=/tmp/file bs=1M count={mib} 2>/dev/null", 120)
    machine.check(2, f"{{ {ssh} 'cat >/tmp/file' </tmp/file && {ssh} cat /tmp/file >/tmp/back; }} 2>/dev/null", 600)
    sums = machine.check(2, f"sha256sum </tmp/file; sha256sum </tmp/back; {ssh} sha256sum /tmp/file 2>/dev/null", 120)
    found = re.findall(r"^[0-9a-f]{64}", sums, re.M)
    assert len(found) == 3 and len(set(found)) == 1, sums
    machine.check(2, "rm /tmp/file /tmp/back")


def load_xdp(machine, section):
    what = f"obj {XDP} section {section}" if section else "off"
    machine.check(3, f"ip link set net0 xdpgeneric {what}")
    assert ("prog/xdp" in machine.check(3, "ip -d link show net0")) is bool(section)


def answered(machine, size):
    return machine.run(2, f"ping -q -c 2 -i 0.1 -W 2 -s {size} 10.0.0.3")[0] == 0


def check_xdp(machine, options):
    """A program that lets all through, one that drops what is large, one that sends all back."""
    load_xdp(machine, "pass")
    assert answered(machine, 100) and answered(machine, 1200) and answered(machine, 60000)
    check_tcp(machine, options, ways=("",))
    load_xdp(machine, None)
    load_xdp(machine, "small")
    assert answered(machine, 100) and not answered(machine, 1200)
    load_xdp(machine, None)
    load_xdp(machine, "bounce")
    _, grown = lossless(machine, (LEFT,), lambda: answered(machine, 100))
    assert grown[LEFT[1]]["rx_packets"] > 0 and grown[LEFT[1]]["tx_packets"] == grown[LEFT[1]]["rx_packets"]
    load_xdp(machine, None)
    assert answered(machine, 1200)


def bridge(machine):
    """VM 3 joins its two networks, and has its address there."""
    machine.check(3, "modprobe bridge; ip link add br0 type bridge; ip addr flush dev net0;"
                     " ip link set net0 master br0; ip link set net1 master br0; ip link set net1 up;"
                     " ip addr add 10.0.0.3/24 dev br0; ip link set br0 up")


def check_bridge(machine, options):
    bridge(machine)
    set_up(machine, 4)
    for vm in 2, 3:
        wait_ping(machine, vm, 4)
    ports = re.findall(r"^\d+: (net\d).* state forwarding", machine.check(3, "bridge link"), re.M)
    assert sorted(ports) == ["net0", "net1"]
    assert "100 received, 0% packet loss" in machine.check(2, "ping -f -q -c 100 10.0.0.4", 120)
    check_tcp(machine, options, 4, ways=("",))


def start_load(machine, vm, host):
    machine.check(vm, f"iperf3 -c 10.0.0.{host} -t 86400 -i 0 >/tmp/load 2>&1 & echo $! >/tmp/loader")
    wait_for(machine, vm, "netstat -tn | awk '/:5201 .*ESTABLISHED/ { n++ } END { exit n < 2 }'")


def check_restart(machine, vm, options):
    """A whole VM of the three in the middle of a stream from VM 2 to VM 4; then there are new ones, as before."""
    start_load(machine, 2, 4)
    restart_vm(machine, vm)
    set_up(machine, vm)
    if vm == 3:
        bridge(machine)
    if vm != 2:
        machine.run(2, "kill $(cat /tmp/loader)")  # unless it has ended, since its peer knows nothing of it
        wait_for(machine, 2, "! kill -0 $(cat /tmp/loader) 2>/dev/null")
    wait_ping(machine, 2, 4)
    serve(machine, 4)
    check_tcp(machine, options, 4, ways=("-R",))


def boot_three(boot_linux, system_dts, gic):
    vms = "".join(nk_vm(vm, [vm - 2], "nk-core,veth2", size=SIZE, initrd="rootfs-work") for vm in VMS)
    machine = boot_linux(system_dts(vms + SYSTEM), vms=VMS, gic=gic, cpus=3)
    for vm in 2, 3:
        set_up(machine, vm)
    wait_ping(machine, 2, 3)
    return machine


def check_traffic(machine, much):
    check_shown(machine)
    check_tcp(machine, much["tcp"])
    check_udp(machine, much["udp"])
    check_pings(machine, much["flood"])
    check_ssh(machine, much["file"])


def check_all(machine, much):
    """With what Linux does to frames by itself, which is the same on both GICs."""
    check_traffic(machine, much)
    check_large_frames(machine, much["tcp"])
    check_xdp(machine, much["tcp"])
    check_bridge(machine, much["tcp"])


def end(machine):
    for vm in VMS:
        no_complaints(machine, vm)
    assert machine.quit() == 0


@on_gic(3)
def test_workloads(boot_linux, system_dts, gic):
    machine = boot_three(boot_linux, system_dts, gic)
    if gic == 3:
        check_all(machine, SHORT)
        check_restart(machine, 4, SHORT["tcp"])
    else:
        check_traffic(machine, SHORT)
    end(machine)


@pytest.mark.soak
@pytest.mark.parametrize("gic", [2, 3])
def test_workloads_long(boot_linux, system_dts, soak_rounds, gic):
    machine = boot_three(boot_linux, system_dts, gic)
    check_all(machine, LONG)
    for n in soak_rounds():
        check_restart(machine, VMS[n % 3], SHORT["tcp"])
    end(machine)
