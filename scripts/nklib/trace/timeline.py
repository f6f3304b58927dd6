# SPDX-License-Identifier: Apache-2.0
"""Events of all CPUs, by time, become slices, instants and arrows."""

from nklib.trace.interrupts import CROSS, HARDWARE, OWN, Interrupts
from nklib.trace.layout import EVENTS, NKERNEL, NOBODY, payload
from nklib.trace.reason import EL3, call, details, trap, vdev
from nklib.trace.reason import IDLE as NAME_IDLE
from nklib.trace.track import EXIT, GUEST, IDLE, NK, Arrow, Instant, Open, Slice, Track
from nklib.trace.vcpu import CPU_IDLE, OUT, VCPU_IDLE, Vcpu

INTERRUPT = "interrupt"


class Timeline:
    """Feed it the records, then finish()."""

    def __init__(self, names):
        self.names = names
        self.slices, self.instants, self.arrows = [], [], []
        self.cpus, self.vcpus = {}, {}
        self.interrupts = Interrupts(self._emit)

    def feed(self, record):
        event = EVENTS[record.type]
        cpu = self._cpu(record.cpu)
        vcpu = None if record.vm == NKERNEL else self.vcpu(record.vm, record.vcpu)
        handler = HANDLERS.get(event)
        if handler:
            handler(self, record, cpu, vcpu)
        else:
            self._instant(record, event, vcpu)

    def finish(self):
        for track in [*self.cpus.values(), *(vcpu.track for vcpu in self.vcpus.values())]:
            track.finish()

    def vcpu(self, vm, vcpu):
        if (vm, vcpu) not in self.vcpus:
            self.vcpus[vm, vcpu] = Vcpu(vm, vcpu, self._emit)
        return self.vcpus[vm, vcpu]

    def label(self, vm, vcpu=None):
        """What a VM, or its vCPU, is called."""
        return " ".join([f"vm{vm}", *filter(None, [self.names.get(vm)]), *([] if vcpu is None else [f"vcpu{vcpu}"])])

    def _cpu(self, cpu):
        if cpu not in self.cpus:
            self.cpus[cpu] = Track(("cpu", cpu), self._emit)
        return self.cpus[cpu]

    def _emit(self, thing):
        {Slice: self.slices, Arrow: self.arrows}[type(thing)].append(thing)

    def _instant(self, record, event, vcpu):
        """What has no length is shown where it belongs: at a VM, a vCPU, or the CPU."""
        data = payload(record)
        if hasattr(data, "vcpu"):
            where = ("vm", data.vm) if data.vcpu == NOBODY else self.vcpu(data.vm, data.vcpu).track.key
        elif not vcpu or not event.startswith(("vm_", "vcpu_", "usr_")):
            where = self._cpu(record.cpu).key
        else:
            where = ("vm", record.vm) if event.startswith("vm_") else vcpu.track.key
        self.instants.append(Instant(where, event, record.ticks, details(record)))

    # Handlers: of an exit

    def _enter(self, record, cpu, vcpu):
        if not vcpu:
            return
        if EVENTS[record.type] == "intr_enter":
            name = INTERRUPT
        else:
            data = payload(record)
            name = trap(data.esr, data.function)
        self._begin_exit(record, cpu, vcpu, name)

    def _begin_exit(self, record, cpu, vcpu, name):
        args = details(record)
        vcpu.enter(record.ticks, name, args)
        base = cpu.base
        cpu.start(record.ticks, Open(EXIT, name, record.ticks, args), not base or base.kind != EXIT)

    def _leave(self, record, cpu, vcpu):
        if not vcpu:
            return
        vcpu.leave(record.ticks, record.cpu)
        self.interrupts.passes((record.vm, record.vcpu))
        base = cpu.base
        cpu.start(record.ticks, Open(GUEST, self.label(record.vm, record.vcpu), record.ticks),
                  base and base.kind != GUEST)

    def _hypercall(self, record, cpu, vcpu):
        if not vcpu:
            return
        name = call(payload(record).function)
        if vcpu.exit:
            self._rename(cpu, vcpu, name)
        else:  # the filter lets no trap_enter through
            self._begin_exit(record, cpu, vcpu, name)

    def _vdev(self, record, cpu, vcpu):
        if vcpu and vcpu.exit:
            self._rename(cpu, vcpu, vdev(EVENTS[record.type], payload(record)), details(record))

    def _select(self, record, cpu, vcpu):
        """Of several that are taken in one exit, the first one names it."""
        name = f"{INTERRUPT} {payload(record).irq}"
        if cpu.top and cpu.top.kind == NK and cpu.top.name == INTERRUPT:
            cpu.top.name = name
        elif vcpu and vcpu.exit and vcpu.exit.name == INTERRUPT:
            self._rename(cpu, vcpu, name)

    @staticmethod
    def _rename(cpu, vcpu, name, args=None):
        for one in (vcpu.exit, cpu.base):
            if one and one.kind == EXIT:
                one.name = name
                one.args.update(args or {})

    # Of who is where

    def _switch_out(self, record, cpu, vcpu):
        if vcpu:
            vcpu.away(record.ticks, OUT, True)
        cpu.start(record.ticks, Open(NK, "nk", record.ticks))

    def _switch_in(self, record, cpu, vcpu):
        was = vcpu.exit if vcpu else None
        if vcpu:
            vcpu.away(record.ticks, OUT, False)
        cpu.start(record.ticks, Open(EXIT, was.name, record.ticks) if was else Open(NK, "nk", record.ticks))

    def _vcpu_idle(self, record, cpu, vcpu):
        del cpu
        if vcpu:
            vcpu.away(record.ticks, VCPU_IDLE, EVENTS[record.type] == "vcpu_idle_enter")

    def _cpu_idle(self, record, cpu, vcpu):
        begins = EVENTS[record.type] == "cpu_idle_enter"
        if begins:
            cpu.push(record.ticks, IDLE, NAME_IDLE)
        else:
            cpu.pop(record.ticks, NAME_IDLE)
        if vcpu:
            vcpu.away(record.ticks, CPU_IDLE, begins)

    def _vcpu_start(self, record, cpu, vcpu):
        self._instant(record, EVENTS[record.type], vcpu)
        self._leave(record, cpu, vcpu)

    def _stop(self, record, cpu, vcpu):
        self._instant(record, EVENTS[record.type], vcpu)
        if vcpu:
            vcpu.stop(record.ticks)
        cpu.start(record.ticks, None)

    def _vm_stop(self, record, cpu, vcpu):
        del cpu
        self._instant(record, EVENTS[record.type], vcpu)
        self.interrupts.forget(record.vm)

    # Of what is within an exit

    def _inner_enter(self, record, cpu, vcpu):
        name = _inner(EVENTS[record.type])
        cpu.push(record.ticks, NK, name, {} if name == INTERRUPT else details(record))
        if name == EL3 and vcpu and vcpu.exit:
            vcpu.track.push(record.ticks, NK, name)

    def _inner_leave(self, record, cpu, vcpu):
        name = _inner(EVENTS[record.type])
        cpu.pop(record.ticks, name)
        if name == EL3 and vcpu:
            vcpu.track.pop(record.ticks, name)

    def _post(self, record, cpu, vcpu):
        data = payload(record)
        self.instants.append(Instant(cpu.key, f"irq_post {data.irq}", record.ticks,
                                     {**details(record), "to": self.label(data.vm, data.vcpu)}))
        self.vcpu(data.vm, data.vcpu).posted += 1
        self.interrupts.post(record.ticks, (data.vm, data.vcpu), data.irq, cpu.key,
                             _poster(record, data, cpu, vcpu), cpu.top is not None)

    def _assert(self, record, cpu, vcpu):
        data = payload(record)
        self.instants.append(Instant(cpu.key, f"virq_assert {data.virq}", record.ticks, details(record)))
        if vcpu:
            vcpu.asserted += 1
        self.interrupts.assert_(record.ticks, (record.vm, record.vcpu), data.virq, cpu.key,
                                cpu.top is not None)


def _inner(event):
    """What encloses: an interrupt that was taken in nk, firmware, or a sleep of the system."""
    if event.startswith("intr_el2"):
        return INTERRUPT
    return EL3 if event.endswith("_el3") else "sleep"


def _poster(record, data, cpu, vcpu):
    """Whose interrupt it is: a device's, another VM's, or the guest's own."""
    names = [one.name for one in (cpu.top, vcpu.exit if vcpu else None) if one]
    if not vcpu or any(name.startswith(INTERRUPT) for name in names):
        return HARDWARE
    return OWN if data.vm == record.vm else CROSS


HANDLERS = {
    "trap_enter": Timeline._enter, "intr_enter": Timeline._enter,
    "trap_leave": Timeline._leave, "intr_leave": Timeline._leave,
    "hyp_call": Timeline._hypercall,
    "vdev_load": Timeline._vdev, "vdev_store": Timeline._vdev,
    "irq_select": Timeline._select,
    "intr_el2_enter": Timeline._inner_enter, "intr_el2_leave": Timeline._inner_leave,
    "cpu_to_el3": Timeline._inner_enter, "cpu_from_el3": Timeline._inner_leave,
    "vcpu_to_el3": Timeline._inner_enter, "vcpu_from_el3": Timeline._inner_leave,
    "s2r_enter": Timeline._inner_enter, "s2r_leave": Timeline._inner_leave,
    "cpu_idle_enter": Timeline._cpu_idle, "cpu_idle_leave": Timeline._cpu_idle,
    "vcpu_idle_enter": Timeline._vcpu_idle, "vcpu_idle_leave": Timeline._vcpu_idle,
    "vcpu_switch_out": Timeline._switch_out, "vcpu_switch_in": Timeline._switch_in,
    "vcpu_start": Timeline._vcpu_start, "vcpu_stop": Timeline._stop, "cpu_stop": Timeline._stop,
    "vm_stop": Timeline._vm_stop,
    "irq_post": Timeline._post, "virq_assert": Timeline._assert,
}
