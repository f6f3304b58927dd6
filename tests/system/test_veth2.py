# SPDX-License-Identifier: Apache-2.0
"""veth2: two Debian guests with a network between them; a guest whose peer breaks all rules."""

import re
import subprocess

import pytest
from gics import on_gic
from linuxvm import PMEM_READ, nk_vm, same_pmem, wait_for
from nklib import build
from nklib.machine import NK
from test_guests import raw_vm
from tally import did
from test_linux_nkops import kernel_log, no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

# net0 is as the manual's first example, net1 as its second; lo-a and lo-b are both in VM 2; one info is wrong.
SYSTEM = PMEM_READ + """
&hyp { pmem-size = <0x00a00000>; };
&vm2_vdevs {
	net_a: vnet@0 {
		compatible = "veth2";
		info = "net0,,,16";
	};
	luoio_a: vnet@1 {
		compatible = "veth2";
		info = "02:11:22:33:44:55,net1,wakeup=250,luoio";
	};
	loop_a: vnet@2 {
		compatible = "veth2";
		info = "lo-a,,,64";
	};
	vnet@3 {
		peer-phandle = <&loop_a>;
		info = "lo-b,,,64";
	};
	wrong_a: vnet@4 {
		compatible = "veth2";
		info = "net4,,,16,net5";
	};
};
&vm3_vdevs {
	vnet@0 {
		peer-phandle = <&net_a>;
		info = "net0,,,16";
	};
	vnet@1 {
		peer-phandle = <&luoio_a>;
		info = ",net1,,luoio";
	};
	vnet@4 {
		peer-phandle = <&wrong_a>;
		info = "net4";
	};
};
"""
HOSTILE = """
&hyp { pmem-size = <0x00300000>; };
&vm2_vdevs {
	net_a: vnet@0 {
		compatible = "veth2";
		info = "net0,,,16";
	};
};
&vm3_vdevs {
	vnet@0 {
		peer-phandle = <&net_a>;
	};
};
"""
MODULES = "nk-core,veth2"
NETTEST = build.BUILD / "guest-linux/nettest"
FRAME = 1514  # on a link with the usual MTU


@pytest.fixture
def with_nettest(linux_modules, tmp_path):
    """Images with nettest in the guests' /usr/bin: an archive behind ours."""
    build.make(NETTEST)
    file = tmp_path / "add/usr/bin/nettest"
    file.parent.mkdir(parents=True)
    file.write_bytes(NETTEST.read_bytes())
    file.chmod(0o755)
    more = subprocess.run(["cpio", "--quiet", "--create", "--format=newc"], cwd=tmp_path / "add", check=True,
                          capture_output=True, input=b"usr/bin/nettest\n").stdout
    rootfs = tmp_path / "rootfs.cpio"
    rootfs.write_bytes(linux_modules()["rootfs-nk"].read_bytes() + more)
    return {"rootfs-nk": rootfs}


def wait_carrier(machine, vm, interface="net0", carrier=1):
    wait_for(machine, vm, f"[ $(cat /sys/class/net/{interface}/carrier) = {carrier} ]")


def configure(machine, vm, interface="net0", net=0):
    """Without IPv6, which asks for routers by itself, in the middle of what is counted."""
    machine.check(vm, "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ifconfig lo up;"
                      f" ifconfig {interface} 10.0.{net}.{vm} netmask 255.255.255.0 up")


def counters(machine, vm, interface="net0"):
    lines = machine.check(vm, f"nettest ethtool {interface}").splitlines()
    return dict(line.split(": ", 1) for line in lines)


def counted(machine, vm, command, timeout=120):
    """Runs the command, and prints and returns what the VM's counters grew by, as a dictionary."""
    before = counters(machine, vm)
    print(machine.check(vm, command, timeout=timeout).splitlines()[-1])
    after = counters(machine, vm)
    grown = {name: int(after[name]) - int(before[name]) for name in after if re.match(r"[rt]x_", name)}
    print({name: n for name, n in grown.items() if n})
    return grown


def check_shown(machine):
    """Names, addresses, what ethtool shows, and the line about the info string that is wrong."""
    assert machine.check(2, "cat /sys/class/net/net0/address") == "02:00:00:00:02:03"
    assert machine.check(3, "cat /sys/class/net/net0/address") == "02:00:00:00:03:82"
    assert machine.check(2, "cat /sys/class/net/net1/address") == "02:11:22:33:44:55"
    assert machine.check(2, "cat /sys/class/net/lo-?/address").split() == ["02:00:00:02:02:02", "02:00:00:02:02:82"]
    shown = counters(machine, 2)
    assert (shown["driver"], shown["bus-info"]) == ("veth2", "vlink veth2:0 vm3")
    assert shown["ring"] == "16384 of 16384, 16384 of 16384"
    assert {shown[name] for name in ("rx-checksum", "tx-checksum", "sg", "tso", "gso", "gro")} == {"on"}
    assert "veth2: link 3: info: not understood from here on: net5" in kernel_log(machine, 2)
    assert machine.run(2, "ls /sys/class/net/net4")[0] != 0
    wakeups = machine.check(2, "cat /sys/class/wakeup/*/name").split()
    assert "net1" in wakeups and "net0" not in wakeups
    for mtu, good in (65521, True), (65522, False), (68, True), (67, False), (1500, True):
        assert (machine.run(2, f"ifconfig net0 mtu {mtu}")[0] == 0) is good, mtu


def check_luoio(machine):
    """The link is there while the interfaces of both are up."""
    configure(machine, 2, "net1", 1)
    assert machine.check(2, "cat /sys/class/net/net1/carrier") == "0"
    configure(machine, 3, "net1", 1)
    for vm in 2, 3:
        wait_carrier(machine, vm, "net1")
    machine.check(2, "ping -c 3 10.0.1.3")
    events = machine.check(2, "for w in /sys/class/wakeup/*; do [ $(cat $w/name) != net1 ] || cat $w/event_count; done")
    assert int(events) > 0
    machine.check(3, "ifconfig net1 down")
    wait_carrier(machine, 2, "net1", 0)
    machine.check(3, "ifconfig net1 up")
    wait_carrier(machine, 2, "net1")
    machine.check(2, "ping -c 3 10.0.1.3; ifconfig net1 down")


def check_loop(machine):
    """
    Both ends in one VM, one of them in a network namespace of its own; from there to VM 3, which VM 2 forwards: segments
    and checksums that are still to be made come in by one link and go out by the other.
    """
    machine.check(2, "unshare -n sleep 10000 & echo $! >/tmp/apart")
    wait_for(machine, 2, "[ $(readlink /proc/$(cat /tmp/apart)/ns/net) != $(readlink /proc/self/ns/net) ]")
    machine.check(2, "ip link set lo-b netns $(cat /tmp/apart); ifconfig lo-a 10.0.9.1 netmask 255.255.255.0 up;"
                     " nsenter -t $(cat /tmp/apart) -n ifconfig lo-b 10.0.9.2 netmask 255.255.255.0 up")
    wait_carrier(machine, 2, "lo-a")
    machine.check(2, "ping -c 3 -s 20000 10.0.9.2")
    machine.check(2, "echo 1 >/proc/sys/net/ipv4/ip_forward;"
                     " nsenter -t $(cat /tmp/apart) -n ip route add default via 10.0.9.1")
    machine.check(3, "ip route add 10.0.9.0/24 via 10.0.0.2")
    machine.check(2, "nsenter -t $(cat /tmp/apart) -n nettest send 10.0.0.3 5001 4 7", timeout=120)
    machine.check(2, "kill $(cat /tmp/apart)")


def check_pings(machine):
    """Slowly: busybox's ping has a socket with room for few answers. The flood is nettest's."""
    assert "10 packets received" in machine.check(2, "ping -c 10 -i 0.1 10.0.0.3", timeout=60)
    assert "3 packets received" in machine.check(3, "ping -c 3 -i 0.3 -s 60000 10.0.0.2", timeout=60)


def serve(machine, *vms):
    for vm in vms:
        machine.check(vm, "nettest serve 5001 100 >/tmp/serve 2>&1 & nettest echo 5002 >/tmp/echo 2>&1 &")
    for vm in vms:
        wait_for(machine, vm, "netstat -ltn | grep -q :5001 && netstat -lun | grep -q :5002")


def check_stream(machine, vm, mib, seed):
    """From the VM to the other one, which looks at each byte. Returns what the VM's counters grew by."""
    grown = counted(machine, vm, f"nettest send 10.0.0.{5 - vm} 5001 {mib} {seed}", timeout=120 + mib)
    did("veth2", "MiB by TCP, each byte as it was sent", mib)
    return grown


def check_flood(machine, vm, packets, size, window):
    """So many UDP packets to the other VM, which sends them back."""
    counted(machine, vm, f"nettest flood 10.0.0.{5 - vm} 5002 {packets} {size} {window}", timeout=120 + packets // 100)
    did("veth2", "packets by UDP, there and back, none lost", packets)


def check_queue_limits(machine):
    """Half a ring at the least. A frame is counted when it is sent; those before it that were taken are not any more."""
    limits = "/sys/class/net/net0/queues/tx-0/byte_queue_limits"
    for vm in 2, 3:
        assert machine.check(vm, f"cat {limits}/limit_min") == str(16384 // 2 * 64)
        wait_for(machine, vm, f"ping -c 1 -W 1 10.0.0.{5 - vm} >/dev/null && n=$(cat {limits}/inflight) && [ $n -gt 0 -a $n -lt 4096 ]")


def check_traffic(machine):
    """Streams whole, packets neither lost nor late. How many an interrupt is for depends on the host: test_throughput."""
    serve(machine, 2, 3)
    grown = check_stream(machine, 2, 24, 1)
    assert grown["tx_packets"] < grown["tx_bytes"] // FRAME  # segments are made nowhere
    print("loopback:", machine.check(2, "nettest send 127.0.0.1 5001 24 1"))
    check_stream(machine, 3, 24, 2)
    check_flood(machine, 2, 1600, 1000, 64)
    check_flood(machine, 2, 60, 60000, 4)
    machine.check(2, "nettest offload net0 off")
    check_stream(machine, 2, 4, 3)
    machine.check(2, "nettest offload net0 on")
    for vm in 2, 3:
        address = machine.check(5 - vm, "cat /sys/class/net/net0/address")
        machine.check(vm, f"ifconfig net0 mtu 65521; arp -s 10.0.0.{5 - vm} {address}")  # nobody asks for it meanwhile
    grown = counted(machine, 2, "ping -c 3 -i 0.3 -s 60000 10.0.0.3")
    assert grown["tx_packets"] == 3
    check_stream(machine, 2, 8, 4)
    for vm in 2, 3:
        machine.check(vm, "ifconfig net0 mtu 1500")
        shown = counters(machine, vm)
        assert [shown[f"{name}_errors"] for name in ("rx_frame", "tx_fifo", "tx_carrier")] == 3 * ["0"]


def reload(machine, vm):
    machine.check(vm, "rmmod veth2; modprobe veth2")
    configure(machine, vm)
    for each in 2, 3:
        wait_carrier(machine, each)


def check_reloads(machine, rounds):
    """A stream goes on while the module of either side comes and goes."""
    machine.check(2, "nettest send 10.0.0.3 5001 1000000 5 >/tmp/send 2>&1 & echo $! >/tmp/sender")
    with same_pmem(machine):
        for n in rounds:
            reload(machine, 2 + n % 2)
            begun = int(counters(machine, 3)["rx_bytes"])
            wait_for(machine, 3, f"[ $(nettest ethtool net0 | sed -n 's/rx_bytes: //p') -gt {begun + 200000} ]")
            did("veth2", "restarts of the module of one side in a stream")
    machine.check(2, "kill $(cat /tmp/sender)")
    wait_for(machine, 2, "! kill -0 $(cat /tmp/sender) 2>/dev/null")
    said = machine.check(2, "cat /tmp/send")
    print(said)
    sent = re.search(r"nettest: (\d+) KiB", said)
    assert sent, said
    did("veth2", "MiB by TCP, each byte as it was sent", int(sent[1]) // 1024)


def check_restart(machine):
    """A whole VM under load, by nk, for which it is as if the power had gone."""
    machine.check(2, "nettest send 10.0.0.3 5001 100000 6 >/tmp/send 2>&1 & echo $! >/tmp/sender")
    machine.mark(3)
    machine.nk_prompt("vm 3 restart")
    machine.wait_ready(3, timeout=120)
    configure(machine, 3)
    wait_for(machine, 2, "ping -c 1 -W 1 10.0.0.3 >/dev/null")
    assert "3 packets received" in machine.check(2, "ping -c 3 10.0.0.3")
    wait_for(machine, 2, "! kill -0 $(cat /tmp/sender) 2>/dev/null")
    assert "nettest: " in machine.check(2, "cat /tmp/send")  # the new kernel knows of no stream
    did("veth2", "restarts of a VM in a stream")


def boot_pair(boot_linux, system_dts, images, **options):
    system = system_dts(nk_vm(2, [0], MODULES) + nk_vm(3, [1], MODULES) + SYSTEM)
    machine = boot_linux(system, cpus=2, images=images, **options)
    for vm in 2, 3:
        configure(machine, vm)
    for vm in 2, 3:
        wait_carrier(machine, vm)
    wait_for(machine, 2, "ping -c 1 -W 1 10.0.0.3 >/dev/null")
    return machine


@on_gic(3)
def test_veth2(boot_linux, system_dts, with_nettest, gic):
    machine = boot_pair(boot_linux, system_dts, with_nettest, gic=gic)
    check_shown(machine)
    check_pings(machine)
    check_luoio(machine)
    check_traffic(machine)
    check_queue_limits(machine)
    check_loop(machine)
    check_reloads(machine, range(4 if gic == 3 else 2))
    if gic == 3:
        check_restart(machine)
    for vm in 2, 3:
        no_complaints(machine, vm)
    machine.check(2, "rmmod veth2; modprobe veth2; rmmod veth2")
    assert machine.quit() == 0


def under_attack(machine, seconds=0):
    """Until the peer has become honest: then it answers. Returns what the kernel's log has of that time."""
    machine.check(2, "dmesg -c >/dev/null")
    configure(machine, 2)
    machine.wait_line(3, r"^hostile: ready$")
    machine.check(2, "while :; do nettest flood 10.0.0.9 5002 1 1000 1; ping -c 1 -W 1 10.0.0.9; done >/dev/null 2>&1 &"
                     " echo $! >/tmp/flood")
    machine.send(3, "go\r")
    found = machine.wait_line(3, r"^hostile: (\d+) of \d+ rounds$", 120 + 4 * seconds)
    print(found[0])
    machine.check(2, "kill $(cat /tmp/flood)")
    wait_for(machine, 2, "ping -c 1 -W 1 10.0.0.9 >/dev/null")
    assert "5 packets received" in machine.check(2, "ping -c 5 -i 0.1 10.0.0.9")
    log = kernel_log(machine, 2)
    no_complaints(machine, 2)
    print("\n".join(log))
    assert len(log) < 40 + seconds
    did("veth2", "seconds of a hostile peer, at least", seconds)
    did("veth2", "times that it had the link up", int(found[1]))
    did("veth2", "lines that the kernel said of it", len(log))
    return log


def boot_hostile(boot_linux, system_dts, images, gic, bootargs):
    hostile = raw_vm("hostile-veth2", [1], vm=3, bootargs=bootargs)
    system = system_dts(nk_vm(2, [0], MODULES) + hostile + HOSTILE, "hostile")
    return boot_linux(system, vms=(2,), gic=gic, cpus=2, images=images)


@on_gic(2)
def test_hostile_peer(boot_linux, system_dts, with_nettest, guest_programs, gic):
    del guest_programs
    machine = boot_hostile(boot_linux, system_dts, with_nettest, gic, f"seed={gic} rounds=20")
    log = under_attack(machine)
    assert any("veth2 0: taken down, vm3: " in line for line in log)
    assert machine.quit() == 0
    assert not any("panic" in line for line in machine.lines(NK))


@pytest.mark.soak
def test_throughput(boot_linux, system_dts, with_nettest):
    """By instructions, all of which both VMs share a clock for: at least half of what loopback carries."""
    machine = boot_pair(boot_linux, system_dts, with_nettest, gic=3, icount=True)
    serve(machine, 2, 3)
    rates = []
    before = counters(machine, 2)
    for host in "10.0.0.3", "127.0.0.1":
        said = machine.check(2, f"nettest send {host} 5001 48 1", timeout=300)
        rates.append(int(re.search(r"(\d+) KiB/s", said)[1]))
    sent, bells = (int(counters(machine, 2)[name]) - int(before[name]) for name in ("tx_bytes", "tx_doorbells"))
    print(f"{sent // FRAME} packets' worth, {bells} doorbells")
    assert sent // FRAME >= 16 * bells
    print(f"veth2 {rates[0]} KiB/s, loopback {rates[1]} KiB/s")
    assert rates[0] >= rates[1] / 2
    assert machine.quit() == 0
