# SPDX-License-Identifier: Apache-2.0
"""vthermal: zones of one VM are those of another, with its own trip points and governor. Part of test_vcall."""

from linuxvm import same_pmem, wait_for
from tally import did

BACK, FRONT = 2, 3
# The third zone is none of the back-end's. Linux 6.1 wants `trips` of each.
SYSTEM = """
&vm2_vdevs {
	heat0: vthermal@be_cpu { compatible = "vrpc"; server; info = "vthermal"; };
	heat1: vthermal@be_gpu { compatible = "vrpc"; server; info = "vthermal"; };
	heat2: vthermal@be_none { compatible = "vrpc"; server; info = "vthermal"; };
};
&vm3_vdevs {
	vthermal@fe_cpu { peer-phandle = <&heat0>; client; info = "vthermal"; };
	vthermal@fe_gpu { peer-phandle = <&heat1>; client; info = "vthermal"; };
	vthermal@fe_none { peer-phandle = <&heat2>; client; info = "vthermal"; };
};
&vm3_vplatform {
	sensor0: sensor0 { compatible = "vl,thermal-sensor"; #thermal-sensor-cells = <0>; };
	sensor1: sensor1 { compatible = "vl,thermal-sensor"; #thermal-sensor-cells = <0>; };
	sensor2: sensor2 { compatible = "vl,thermal-sensor"; #thermal-sensor-cells = <0>; };
	cooler: cooler { compatible = "nk,test-cooler"; #cooling-cells = <2>; };
	thermal-zones {
		therm_zone0: therm_zone0 {
			polling-delay-passive = <100>;
			polling-delay = <100>;
			thermal-sensors = <&sensor0>;
			trips {
				hot: hot { temperature = <50000>; hysteresis = <1000>; type = "passive"; };
				critical { temperature = <90000>; hysteresis = <1000>; type = "critical"; };
			};
			cooling-maps { map0 { trip = <&hot>; cooling-device = <&cooler 0 3>; }; };
		};
		therm_zone1: therm_zone1 {
			polling-delay-passive = <0>;
			polling-delay = <0>;
			thermal-sensors = <&sensor1>;
			trips { critical { temperature = <90000>; hysteresis = <1000>; type = "critical"; }; };
		};
		therm_zone2: therm_zone2 {
			polling-delay-passive = <0>;
			polling-delay = <0>;
			thermal-sensors = <&sensor2>;
			trips { critical { temperature = <90000>; hysteresis = <1000>; type = "critical"; }; };
		};
	};
};
"""
CLASS = "/sys/class/thermal"
TEMP = "/sys/module/vthermal_test/parameters/temp"
COOLING = "/sys/module/vthermal_test/parameters/cooling"


def zone(name):
    """A shell's text for the folder of the zone of that name."""
    return f"$(dirname $(grep -lx {name} {CLASS}/thermal_zone*/type))"


def temp(machine, vm, name):
    return int(machine.check(vm, f"cat {zone(name)}/temp"))


def heat(machine, first, second):
    machine.check(BACK, f"echo {first},{second} >{TEMP}")


def check_zones(machine):
    machine.check(BACK, "modprobe vthermal-test zones=1 && modprobe vthermal-be")
    machine.check(FRONT, "modprobe vthermal-test cooler=1 && modprobe vthermal-fe")
    assert temp(machine, FRONT, "therm_zone0") == 20000 and temp(machine, FRONT, "therm_zone1") == 30000
    heat(machine, 21500, -40000)
    assert temp(machine, FRONT, "therm_zone0") == 21500 and temp(machine, FRONT, "therm_zone1") == -40000
    machine.check(FRONT, f"! cat {zone('therm_zone2')}/temp")


def check_governor(machine):
    """Too hot there: cooled here, as this VM's tree has it, until it is not any more."""
    assert machine.check(FRONT, f"cat {zone('therm_zone0')}/trip_point_0_temp") == "50000"
    assert machine.check(FRONT, f"cat {COOLING}") == "0"
    for steps in 1, 2, 3:  # one each time that it has become hotter
        heat(machine, 55000 + 2000 * steps, 30000)
        wait_for(machine, FRONT, f"[ $(cat {COOLING}) = {steps} ]", tries=300)
    for steps in 2, 1, 0:
        heat(machine, 43000 + 1000 * steps, 30000)
        wait_for(machine, FRONT, f"[ $(cat {COOLING}) = {steps} ]", tries=300)


def check_errors(machine):
    """What cannot be measured there is an error here, and no old value; likewise without a back-end."""
    heat(machine, 40000, -300000)
    machine.check(FRONT, f"! cat {zone('therm_zone1')}/temp")
    machine.check(BACK, "rmmod vthermal-be")
    machine.check(FRONT, f"! cat {zone('therm_zone0')}/temp", timeout=60)
    heat(machine, 41000, 31000)
    machine.check(BACK, "modprobe vthermal-be")
    assert temp(machine, FRONT, "therm_zone0") == 41000 and temp(machine, FRONT, "therm_zone1") == 31000


def check_restarts(machine, turns):
    """Somebody reads all the time; each value is one of the back-end's."""
    for turn in range(turns):
        machine.check(FRONT, f"(z={zone('therm_zone0')}; for i in $(seq 20); do cat $z/temp; done) >/tmp/temps 2>&1 & echo $! >/tmp/pid")
        machine.check(BACK, "rmmod vthermal-be && modprobe vthermal-be", timeout=60)
        wait_for(machine, FRONT, "! kill -0 $(cat /tmp/pid)")
        assert set(machine.check(FRONT, "cat /tmp/temps").split()) == {"41000"}
        machine.check(FRONT, "rmmod vthermal-fe && modprobe vthermal-fe", timeout=60)
        assert temp(machine, FRONT, "therm_zone1") == 31000, turn
        did("vthermal", "restarts of one side's module under use", 2)


def check(machine, turns):
    check_zones(machine)
    check_governor(machine)
    check_errors(machine)
    with same_pmem(machine):
        check_restarts(machine, turns)


def check_awake(machine):
    """Both VMs have slept meanwhile, as other families' checks have them."""
    assert temp(machine, FRONT, "therm_zone0") == 41000


def check_front_again(machine):
    """The temperature is the back-end's still."""
    machine.check(FRONT, "modprobe vthermal-test cooler=1 && modprobe vthermal-fe")
    assert temp(machine, FRONT, "therm_zone0") == 41000
    did("vthermal", "restarts of the front-end's VM")


def check_again(machine):
    machine.check(BACK, "modprobe vthermal-test zones=1 && modprobe vthermal-be")
    assert temp(machine, FRONT, "therm_zone0") == 20000
    did("vthermal", "restarts of the back-end's VM")
    machine.check(FRONT, "rmmod vthermal-fe vthermal-test")
