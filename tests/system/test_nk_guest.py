# SPDX-License-Identifier: Apache-2.0
"""The tool nk in two Linux guests of dts/examples/nkddi2.dts, which share links and properties."""

import json

import pytest
from gics import on_gic
from linuxvm import small
from nklib import build

pytestmark = pytest.mark.system

SYSTEM = build.ROOT / "dts/examples/nkddi2.dts"
STATES = ["id", "name", "self", "state", "starts", "resumes", "cpus"]
LONGEST = "test." + 58 * "n"
# So that the system tree has many pages; a name of 63 characters.
LARGE = f"""
&hyp_property {{
	test.large {{ size = <4096>; allow-get = "2"; value = "{4000 * "x"}"; }};
	test.larger {{ size = <4096>; allow-get = "2"; value = [{4096 * "37 "}]; }};
	test.filler {{ size = <4096>; value = "{4000 * "y"}"; }};
	{LONGEST} {{ size = <8>; allow-get = "2"; value = [c3 a4 c3 b6 c3 bc]; }};
}};
"""


class Pair:
    """Two guests; nk() runs the tool in one of them."""

    def __init__(self, machine):
        self.machine = machine

    def nk(self, vm, command):
        """What it says in JSON; lines of the console end after 512 bytes, even within a string."""
        return json.loads(self.machine.check(vm, f"nk --json {command}").replace("\n", ""))

    def fails(self, vm, command):
        """What it complains of."""
        status, lines = self.machine.run(vm, f"nk {command} 2>&1 >/dev/null")
        assert status == 1, lines
        return "".join(lines)

    def until(self, vm, condition):
        """Waits until a command of the shell succeeds."""
        self.machine.check(vm, f"i=0; until {condition}; do i=$((i+1)); [ $i -lt 300 ] || break;"
                               f" usleep 50000; done; {condition}")

    def states(self, vm):
        return {entry["id"]: entry["state"] for entry in self.nk(vm, "list")}


def check_list_and_info(pair):
    names = {2: ["linux-a", "linux-b"], 3: ["vm2", "vm3"]}  # only VM 2 reads the system tree
    for vm in 2, 3:
        assert [{key: seen.get(key) for key in STATES} for seen in pair.nk(vm, "list")] == [
            dict(zip(STATES, (n, names[vm][n - 2], n == vm, "running", 1, 0, [2 * n - 4, 2 * n - 3]
                              if vm in (2, n) else None))) for n in (2, 3)]
        info = pair.nk(vm, "info")
        assert (info["id"], info["vms"], info["api"], info["cpus_online"]) == (vm, [2, 3], "12.1.0", [0, 1, 2, 3])
        assert not set(info["features_on"]) & set(info["features_off"])
        assert vm == 3 or info["pmem_used"] + info["pmem_free"] == 10 << 20
        other = pair.nk(vm, "info 3")
        assert (other["name"], other["cpus"], other["vcpus"], other["vcpus_online"]) == (names[vm][1], [2, 3],
                                                                                          [0, 1], [0, 1])
    assert "linux-b" in pair.machine.check(2, "nk list")
    assert "there is no VM 4" in pair.fails(2, "info 4")
    assert pair.nk(2, "info linux-b") == pair.nk(2, "info 3")
    assert 'linux-b: not allowed' in (said := pair.fails(3, "info linux-b")) and 'nk.vlm-dtb { allow-get = "3"; };' in said
    assert pair.nk(3, "list")[0]["left_out"] == ["nk.vm.2.cpus"]


def check_links(pair):
    ends = {vm: pair.nk(vm, "links") for vm in (2, 3)}

    def of(vm, role, peer):
        return sorted((end["name"], end["link"]) for end in ends[vm] if (end["role"], end["peer"]) == (role, peer))

    assert of(2, "server", 3) == of(3, "client", 2) == [("vbd2", 0), ("veth2", 0), ("vpipe", 7),
                                                          ("vrpc", 1), ("xirqb", 0)]
    assert of(3, "server", 2) == of(2, "client", 3) == [("vbd2", 0), ("veth2", 0)]
    assert of(2, "server", 2) == of(2, "client", 2) == [("vrpc", 0)]
    assert [end["name"] for end in ends[2] + ends[3] if end["peer"] == 1] == ["vl,hypevent.v1"] * 2
    assert {(end["name"], end["info"]) for end in ends[3]} >= {("veth2", "net0,,,16"), ("vpipe", "name=log")}


def check_network(pair):
    """Each finds the other by name; the link may just be on its way up."""
    for vm, name in (2, "linux-b"), (3, "linux-a"):
        pair.until(vm, f"ping -c 1 -W 1 {name} >/dev/null")


def check_disk(pair):
    """One of VM 2's is mounted in VM 3."""
    assert not [line for line in pair.machine.lines(2) + pair.machine.lines(3) if line.startswith("nk-init: disk")]
    pair.until(3, "[ -e /mnt/README ]")
    assert pair.machine.check(3, "cat /mnt/README") == "a disk of linux-a"


def check_properties(pair):
    machine = pair.machine
    value, = pair.nk(3, "prop get demo.limits")
    assert bytes.fromhex(value["hex"]) == b"".join(n.to_bytes(4, "little") for n in (1000, 2000, 0, 1))
    attrs = {prop["name"]: prop["attr"] for prop in pair.nk(2, "prop list")}
    assert [attrs[f"demo.{name}"] for name in ("message", "counter", "secret", "limits")] == ["rw-", "rwn", "---", "r--"]
    assert attrs["nk.vm.3.state.running"] == attrs["nk.panic-trigger"] == "rwn"

    machine.check(3, "nk --json prop watch --count 3 demo.message demo.counter >/tmp/watch &")
    pair.until(3, "[ $(wc -l </tmp/watch) = 2 ]")
    for turn, command in enumerate(['set demo.message "a b"', "set --u32 demo.counter 4097", "set demo.message hello"]):
        machine.check(2, f"nk prop {command}")
        pair.until(3, f"[ $(wc -l </tmp/watch) = {turn + 3} ]")
    machine.check(3, "wait")
    seen = [json.loads(line) for line in machine.check(3, "cat /tmp/watch").splitlines()]
    assert [v.get("text", v.get("number")) for v in seen] == ["hello", 0, "a b", 4097, "hello"]

    assert "not allowed" in pair.fails(3, "prop set demo.message no")
    assert "not allowed" in pair.fails(2, "prop get demo.secret")
    assert "not allowed" in pair.fails(2, "prop set nk.build-id no")
    assert "No such file" in pair.fails(2, "prop get demo.none")
    assert "is not told" in pair.fails(2, "prop watch demo.message")
    assert "65 bytes are too many" in pair.fails(2, "prop set demo.message " + "x" * 65)
    machine.check(2, "nk prop set demo.message " + "y" * 64)
    assert machine.check(3, "nk prop get demo.message") == "y" * 64


def check_values(pair):
    """Whole, however long; what has no value; how long a value is."""
    machine = pair.machine
    rows = {prop["name"]: prop for prop in pair.nk(2, "prop list")}
    for name in "nk.vlm-dtb", "nk.vm.2.vplatform-dtb", "test.large", "test.larger":
        sums = machine.check(2, f"nk prop get --raw {name} >/tmp/value; wc -c </tmp/value; md5sum </tmp/value;"
                                f" md5sum </sys/nk/prop/{name}").split()
        assert rows[name]["size"] == int(sums[0]) <= rows[name]["max"]
        assert sums[1] == sums[3], name
    assert rows["nk.vlm-dtb"]["size"] == rows["nk.vlm-dtb"]["max"] > 3 * 4096
    assert machine.check(2, "nk prop get --hex nk.vlm-dtb | cut -c 9-16") == f"{rows['nk.vlm-dtb']['size']:08x}"
    assert (rows["test.large"]["size"], rows["test.larger"]["size"]) == (4001, 4096)
    assert rows["nk.vm.2.vplatform-dtb"]["size"] < rows["nk.vm.2.vplatform-dtb"]["max"]
    assert (rows[LONGEST]["text"], rows[LONGEST]["size"], rows[LONGEST]["max"]) == ("\u00e4\u00f6\u00fc", 6, 8)
    assert "too long for a property's name" in "".join(machine.run(2, f"nk prop get {LONGEST}n 2>&1")[1])
    assert machine.check(2, "nk prop get nk.vm.2.bootcomplete") == "not set"
    assert not rows["nk.vm.2.bootcomplete"]["set"] and "set" not in rows["demo.secret"]
    machine.check(2, "nk prop set --u32 nk.vm.2.bootcomplete 010")
    assert machine.check(2, "nk prop get nk.vm.2.bootcomplete") == "10 (0xa)"


def check_focus(pair):
    """Whoever is typed to has it: the operator's keys move it, of which VMs are told, and the tool does."""
    machine = pair.machine
    assert pair.nk(3, "focus") == {"id": 3, "name": "vm3"}
    machine.check(3, "nk --json prop watch --count 1 nk.focus >/tmp/watch &")
    pair.until(3, "[ $(wc -l </tmp/watch) = 1 ]")
    assert machine.check(2, "nk focus") == "2  linux-a"
    machine.check(3, "wait")
    seen = [json.loads(line)["number"] for line in machine.check(3, "cat /tmp/watch").splitlines()]
    assert seen == [3, 2]
    assert machine.check(2, "nk focus linux-b; nk focus") == "3  linux-b"
    machine.key("2")
    assert 'nk.focus { allow-set = "3"; };' in pair.fails(3, "focus 2")


def check_top(pair):
    """What the README shows: VM 2 sees what both do, with counters on for that time alone."""
    pair.machine.check(3, "(while :; do nk prop get demo.message; done) >/dev/null & echo $! >/tmp/busy")
    seen = pair.nk(2, "top --once")
    stat = pair.nk(2, "stat linux-b 1")
    pair.machine.check(3, "kill $(cat /tmp/busy)")
    assert [(vm["id"], vm["name"], len(vm["vcpus"])) for vm in seen["vms"]] == [(2, "linux-a", 2), (3, "linux-b", 2)]
    assert all(vm["hypercalls"] > 0 and vm["costliest"] for vm in seen["vms"])
    assert [cpu["cpu"] for cpu in seen["cpus"]] == [0, 1, 2, 3] and seen["switched_on"]
    exits = {exit["name"]: exit["count"] for exit in stat["exits"]}
    assert stat["name"] == "linux-b" and exits["HCALL-22 'prop_get'"] > 0
    assert pair.nk(2, "prop get nk.monitoring.enable")[0]["number"] == 0
    assert 'nk.monitoring.enable { allow-set = "3"; };' in pair.fails(3, "top --once")


def check_life(pair):
    machine = pair.machine
    machine.check(2, "nk suspend linux-b --wait 20")
    assert pair.states(2) == {2: "running", 3: "paused"}
    assert pair.nk(2, "suspend 3")["state"] == "paused"  # as it is already
    assert pair.nk(2, "resume --wait 20 3")["resumes"] == 1
    assert machine.check(3, "echo alive") == "alive"
    for command, what in ("stop", "running"), ("suspend", "paused"), ("restart", "running"), ("start", "running"):
        assert f'nk.vm.2.state.{what} {{ allow-set = "3"; }};' in pair.fails(3, f"{command} 2")
    assert "nk restart 3" in pair.fails(3, "start 3")

    machine.mark(3)
    vm = pair.nk(2, "restart --wait 60 3")
    assert (vm["state"], vm["starts"]) == ("running", 2)
    machine.wait_ready(3)
    machine.mark(3)
    done = pair.nk(2, "shutdown linux-b --wait 60")
    assert (done["state"], done["starts"], done["forced"]) == ("stopped", 2, False)
    machine.wait_line(3, "nk-init: poweroff")
    assert pair.states(2) == {2: "running", 3: "stopped"}
    check = pair.nk(2, "links")
    machine.mark(3)
    assert pair.nk(2, "start --wait 60 3")["starts"] == 3
    machine.wait_ready(3)
    assert pair.nk(2, "links") == check
    assert pair.nk(3, "info 3")["starts"] == 3


def check_shutdown(pair):
    """Who may not ask; whose system does not end; who does not listen."""
    machine = pair.machine
    assert 'nk.vm.2.shutdown { size = <1>; allow-set = "3,2"; allow-get = "3,2"; allow-notify = "2"; };' in \
        pair.fails(3, "shutdown 2")
    machine.check(3, "rmmod vlx-shutdown")
    assert "module vlx-shutdown is not loaded there" in pair.fails(2, "shutdown 3")
    machine.check(3, "modprobe vlx-shutdown; rm /sbin/poweroff; echo '#!/bin/sh' >/sbin/poweroff; chmod +x /sbin/poweroff")
    machine.check(2, "nk --json shutdown --wait 1 3 2>/tmp/said >/tmp/state")
    assert "VM 3 had not ended after 1 s, and was stopped" in machine.check(2, "cat /tmp/said")
    done = json.loads(machine.check(2, "cat /tmp/state"))
    assert (done["state"], done["forced"]) == ("stopped", True)
    machine.mark(3)
    assert pair.nk(2, "stop --wait 20 3")["state"] == "stopped"  # as it is already
    assert pair.nk(2, "start --wait 60 3")["starts"] == 4
    machine.wait_ready(3)


def check_console(pair):
    machine = pair.machine
    # Much of it would come out of the console again, slowly: two lines do, in JSON as each is.
    for vm in 2, 3:
        machine.check(vm, "echo I am $(hostname)")
    shown = machine.check(2, "nk --json console >/tmp/history; grep -m 2 'I am linux' /tmp/history")
    lines = json.loads(f"[{shown.rstrip(',')}]")
    assert sorted(line.split()[-1] for line in lines) == ["linux-a", "linux-b"]
    assert 'nk.history { allow-get = "3"; };' in pair.fails(3, "console")
    assert "for: nk.memory.heap.used, " in "".join(machine.run(3, "nk info 2>&1 >/dev/null")[1])
    assert machine.check(2, "nk console | grep -c 'nk-init: shell ready on linux-b'") != "0"
    machine.check(2, "nk --json console --follow >/tmp/console & echo $! >/tmp/pid")
    machine.check(3, "echo a 'quoted \"word\"' for the console")
    pair.until(2, "grep -q 'a quoted ..word.. for the console' /tmp/console")
    machine.check(2, "kill $(cat /tmp/pid)")


def check_hints(pair):
    """What it says to do helps."""
    pair.machine.check(3, "rmmod vlx-vinfo")
    complaint = pair.fails(3, "list")
    assert "modprobe vlx-vinfo" in complaint
    pair.machine.check(3, complaint.rpartition(": ")[2])
    assert pair.states(3) == {2: "running", 3: "running"}


@on_gic(3)
def test_nk_in_guests(boot_linux, tmp_path, gic):
    system = tmp_path / SYSTEM.name
    system.write_text(small(SYSTEM.read_text()) + LARGE)
    pair = Pair(boot_linux(system, gic=gic))
    check_list_and_info(pair)
    check_links(pair)
    check_network(pair)
    check_disk(pair)
    check_properties(pair)
    check_values(pair)
    check_focus(pair)
    check_hints(pair)
    check_console(pair)
    check_top(pair)
    check_life(pair)
    check_shutdown(pair)
    # Last, as it ends the shell: a VM restarts itself.
    pair.machine.mark(2)
    pair.machine.send(2, "nk restart 2\n")
    pair.machine.wait_ready(2)
    assert pair.nk(3, "info 2")["starts"] == 2
    assert pair.machine.quit() == 0
