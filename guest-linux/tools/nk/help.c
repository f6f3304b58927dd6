// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk help: a page for each command. nk.1 has the same in one piece. */
#include <stdio.h>
#include <string.h>
#include "nk.h"

static const char top[] =
	"NAME\n"
	"    nk - look at the VMs of this machine and steer them, from one of them\n"
	"\n"
	"SYNOPSIS\n"
	"    nk [--json] COMMAND [ARGUMENT]...\n"
	"\n"
	"COMMANDS\n"
	"    list                   the VMs and what they do\n"
	"    info [VM]              the machine, or one VM\n"
	"    start|stop|restart VM  start a VM, end it, both\n"
	"    shutdown VM            ask its system to end, and end it if it does not\n"
	"    suspend|resume VM      stop its time, let it go on\n"
	"    focus [VM]             which VM has keyboard and display; give them to one\n"
	"    cpu list|give CPU VM   which VM has which CPU; give one to another VM\n"
	"    prop ...               properties: get, set, list, watch\n"
	"    dump VM FILE           the memory of a VM that has stopped or is paused, as an ELF "
	"core\n"
	"    top                    what VMs and CPUs do, as it happens\n"
	"    stat VM SECONDS        which exits a VM has, and what they take\n"
	"    trace start|stop       have nk record events, no longer\n"
	"    trace dump FILE        what it has recorded, for scripts/nk-trace\n"
	"    links                  this VM's ends of links to drivers of other VMs\n"
	"    console [-f]           what nk and all VMs printed\n"
	"    help [COMMAND]         this, or the page of a command\n"
	"    VM is its id, from 2 to 31, or its name, where this VM may read the system tree.\n"
	"\n"
	"OPTIONS\n"
	"    --json                 JSON on standard output\n"
	"    --version              the version of this program\n"
	"    Options may stand anywhere, those of a command behind it. An argument -- ends them, "
	"so\n"
	"    that what follows may begin with -.\n"
	"\n"
	"ENVIRONMENT\n"
	"    NK_PROC, NK_SYS, NK_DEV  directories instead of /proc/nk, /sys/nk, /dev\n"
	"\n"
	"EXIT STATUS\n"
	"    0  done\n"
	"    1  failed; standard error says why, and what can be done\n"
	"    2  wrong usage\n";

static const char list[] =
	"DESCRIPTION\n"
	"    A line for each VM that is configured: id (with * this one), name, state (running,\n"
	"    paused, stopped, crashed), how often it was started and resumed, physical CPUs it may "
	"run on.\n"
	"    Names come from the system tree, where this VM may read it; a state is unknown, and "
	"the\n"
	"    rest ?, where it may not read the VM's properties. A line then says which.\n"
	"\n"
	"JSON\n"
	"    [{\"id\", \"name\", \"self\", \"state\", \"starts\", \"resumes\", \"cpus\"}]; what is "
	"not known is\n"
	"    left out, and \"left_out\" has the names of properties that this VM may not read.\n"
	"\n"
	"FILES\n"
	"    /proc/nk/id, last, state; /sys/nk/prop/nk.vm.N.*; /sys/nk/device-trees/vlm\n";

static const char info[] =
	"DESCRIPTION\n"
	"    Without VM: which VM this is, and the properties nk.* of the machine: interface and\n"
	"    build, CPUs, features, memory. With VM: those of a VM: state, CPUs, vCPUs, images.\n"
	"    What this VM may not read is left out, and named at the end: the system tree's\n"
	"    allow-get lets it.\n"
	"\n"
	"JSON\n"
	"    An object; sets of CPUs and VMs are arrays of numbers, null is a value not set, "
	"\"left_out\"\n"
	"    has the names of properties that this VM may not read.\n";

static const char life[] =
	"DESCRIPTION\n"
	"    start    boots a stopped VM, from its images of the bundle, checked\n"
	"    stop     ends a VM at once; its system is not asked\n"
	"    restart  stop and start in one, also of this VM\n"
	"    suspend  stops a VM and its time\n"
	"    resume   lets a suspended VM go on\n"
	"    A VM that is in that state already stays as it is, which is no failure. Who may do "
	"it\n"
	"    is what allow-set of nk.vm.ID.state.running, or .paused, says in the system tree; a "
	"VM\n"
	"    may always do it to itself.\n"
	"\n"
	"OPTIONS\n"
	"    --wait SECONDS  return when the state is reached; fail if it is not in this time\n"
	"\n"
	"JSON\n"
	"    The VM afterwards, as an element of `nk list`.\n"
	"\n"
	"FILES\n"
	"    /proc/nk/vmstart, vmstop, restart, vmsuspend, vmresume\n";

static const char shutdown[] =
	"DESCRIPTION\n"
	"    Asks the system of a VM to end, as poweroff does there, and waits until it has. If it "
	"has\n"
	"    not in the time, the VM is stopped, which standard error says. It listens with the "
	"module\n"
	"    vlx-shutdown. Who may ask is what allow-set of nk.vm.ID.shutdown says in the system "
	"tree,\n"
	"    where the VM itself is in allow-set, allow-get and allow-notify; to see it end takes\n"
	"    allow-get of nk.vm.ID.state.running, to stop it allow-set.\n"
	"\n"
	"OPTIONS\n"
	"    --wait SECONDS  the time that its system has; 60 without\n"
	"\n"
	"JSON\n"
	"    The VM afterwards, as an element of `nk list`, with \"forced\": whether it was "
	"stopped.\n"
	"\n"
	"FILES\n"
	"    /sys/nk/prop/nk.vm.ID.shutdown, nk.vm.ID.state.running; /proc/nk/vmstop\n";

static const char focus[] =
	"DESCRIPTION\n"
	"    Without VM: the VM that has keyboard and display. With VM: gives them to that one. "
	"Who may\n"
	"    is what allow-get and allow-set of nk.focus say in the system tree.\n"
	"\n"
	"JSON\n"
	"    {\"id\", \"name\"}\n"
	"\n"
	"FILES\n"
	"    /sys/nk/prop/nk.focus\n";

static const char cpu[] =
	"DESCRIPTION\n"
	"    list\n"
	"        The physical CPUs: of which VM each is, of those that are handed over, and what "
	"became\n"
	"        of the last request: none, waiting, done, late (its VM did not let go of it in "
	"its\n"
	"        time, and keeps it) or withdrawn.\n"
	"    give [--wait SECONDS] CPU VM\n"
	"        Asks for a CPU to be given to a VM, which has it in its handover-affinity. The VM "
	"that\n"
	"        has it is told, and lets go of it by its module vlx-cpu-hotplug; nothing is taken "
	"by\n"
	"        force. Asked for the VM that has it, what is under way is withdrawn.\n"
	"    Who may is what allow-get of nk.cpus.handover and allow-set of nk.cpus.give say in "
	"the\n"
	"    system tree.\n"
	"\n"
	"OPTIONS\n"
	"    --wait SECONDS  return when the VM has the CPU; fail if it does not get it, or not in "
	"this\n"
	"                    time\n"
	"\n"
	"JSON\n"
	"    {\"cpu\", \"owner\", \"name\", \"state\", \"from\", \"to\", "
	"\"requests\"}: an array of them, or with\n"
	"    give --wait one. owner is null where a CPU is never handed over; the last three are "
	"there\n"
	"    when there was a request.\n"
	"\n"
	"FILES\n"
	"    /sys/nk/prop/nk.cpus.handover, nk.cpus.give\n";

static const char dump[] =
	"DESCRIPTION\n"
	"    Writes memory and registers of a VM that has stopped, crashed or not, or is paused, "
	"to a\n"
	"    file that is not there yet: an ELF core as kdump's are, for gdb, and for crash where "
	"the\n"
	"    VM has Linux with the module vlx-crash. Pages of zeroes become holes. If the VM waits "
	"to\n"
	"    be restarted (dump-time of the system tree), that follows at once. Who may have it is "
	"what\n"
	"    allow-get of nk.vm.ID.dump says in the system tree. Why a VM has crashed is in its\n"
	"    property nk.vm.ID.crash.\n"
	"\n"
	"JSON\n"
	"    {\"id\", \"file\", \"size\"}\n"
	"\n"
	"FILES\n"
	"    /proc/nk/vmcore/ID\n";

static const char prop[] =
	"DESCRIPTION\n"
	"    get [--hex|--raw] NAME...\n"
	"        The values, whole: as text if they are text in UTF-8, as a number if they have 1, "
	"2, 4\n"
	"        or 8 bytes, else in hexadecimal; \"not set\" if there is none. --hex: always in\n"
	"        hexadecimal. --raw: the bytes themselves. Of a value not set both give nothing.\n"
	"    set [--hex|--u8|--u16|--u32|--u64|--file] NAME VALUE\n"
	"        Writes a value: text without a NUL, bytes in hexadecimal, a number of that many\n"
	"        bits, decimal or with 0x, or what is in a file (-: standard input). The option "
	"comes\n"
	"        first, as VALUE may begin with -.\n"
	"    list\n"
	"        All properties with r, w, n for what this VM may do (read, write, be told), the\n"
	"        bytes of the value and the most that it may have, and values up to 64 bytes.\n"
	"    watch [--count N] [--timeout SECONDS] [--interval SECONDS] NAME...\n"
	"        The values, and again each time that one is set, until N changes were seen "
	"(fails\n"
	"        if the time is over before) or the time is over. This VM must be in allow-notify "
	"of\n"
	"        the system tree; with --interval it looks by itself, and sees changes alone.\n"
	"    What is being written is tried again for a second.\n"
	"\n"
	"JSON\n"
	"    {\"name\", \"size\", \"set\", \"hex\"}, with \"number\" and \"text\" where it is one; "
	"list adds\n"
	"    \"pid\", \"attr\", \"max\". get and list print an array, watch an object on each "
	"line.\n"
	"\n"
	"FILES\n"
	"    /sys/nk/prop/NAME, /proc/nk/props\n";

static const char links[] = "DESCRIPTION\n"
			    "    This VM's ends of vlinks: its role (client, server), name and "
			    "number of the link, the VM\n"
			    "    at the other end, the driver's parameters.\n"
			    "\n"
			    "JSON\n"
			    "    [{\"role\", \"name\", \"link\", \"peer\", \"info\"}]\n"
			    "\n"
			    "FILES\n"
			    "    /sys/nk/vlinks/endpoints\n";

static const char console[] =
	"DESCRIPTION\n"
	"    What nk and all VMs sent to the console, as far back as nk keeps it, colours "
	"included.\n"
	"    Who may read it is what allow-get of nk.history says in the system tree.\n"
	"\n"
	"OPTIONS\n"
	"    -f, --follow    go on with what comes, until it is interrupted\n"
	"\n"
	"JSON\n"
	"    An array of lines; with -f each line is a string on a line of its own. Bytes that are "
	"no\n"
	"    UTF-8 become U+FFFD.\n"
	"\n"
	"FILES\n"
	"    /proc/nk/history, /dev/vlx-console\n";

#define COUNTED                                                                                    \
	"    Counting is what bit 0 of nk.monitoring.enable says. If it is off, it is "            \
	"switched "                                                                                \
	"on,\n"                                                                                    \
	"    and off again at the end, which is told. All VMs are seen by who may get "            \
	"nk.monitoring,\n"                                                                         \
	"    by others this one alone. It takes a node monitoring of &hyp, with stats.\n"          \
	"\n"

#define COUNTED_FILES                                                                              \
	"\n"                                                                                       \
	"FILES\n"                                                                                  \
	"    /proc/nk/pcpustats (module perfmonitor); /proc/nk/monitoring/vl,evt-stats-0/raw\n"    \
	"    (module vlx-event-stats)\n"

static const char vm_top[] =
	"DESCRIPTION\n"
	"    Each second: of each physical CPU what it slept, was nk's, was VMs'; of each VM, and "
	"of its\n"
	"    vCPUs, if it has several, which part of their time they were at EL1 and at EL2, and "
	"idle,\n"
	"    which is asleep, off, or waiting for a CPU. Behind that a second: hypercalls, traps,\n"
	"    accesses to emulated devices, physical interrupts, virtual interrupts; below it the "
	"three\n"
	"    exits that took most of EL2's time, how many and what one took. ? is what the "
	"property\n"
	"    matrices of the system tree's stats leaves out. q or Ctrl-C ends it.\n" COUNTED
	"OPTIONS\n"
	"    -d, --delay SECONDS  of one picture, 1 if not told otherwise\n"
	"    --once               one picture; so, too, where there is no terminal\n"
	"\n"
	"JSON\n"
	"    {\"seconds\", \"switched_on\", \"cpus\": [{\"cpu\", \"idle\", \"nk\", \"vms\": "
	"[{\"id\", \"share\"}]}],\n"
	"    \"vms\": [{\"id\", \"name\", \"el1\", \"el2\", \"idle\", \"hypercalls\", "
	"\"traps\", \"accesses\",\n"
	"    \"interrupts\", \"virqs\", \"costliest\": [{\"kind\", \"name\", \"rate\", "
	"\"mean_us\"}],\n"
	"    \"vcpus\": [{\"vcpu\", ...}]}]}: shares in %, rates a second; null: not "
	"counted\n" COUNTED_FILES;

static const char vm_stat[] =
	"DESCRIPTION\n"
	"    A line for each exit that the VM had in these seconds: its name, how many there were "
	"on all\n"
	"    vCPUs, what one took at EL2, and which share all of them had of what all exits "
	"took;\n"
	"    the greatest share first. A signal as Ctrl-C's ends it before: then it is what "
	"there was.\n" COUNTED "JSON\n"
	"    {\"id\", \"name\", \"seconds\", \"switched_on\", \"exits\": [{\"kind\", \"name\", "
	"\"count\",\n"
	"    \"mean_us\", \"share\"}]}\n" COUNTED_FILES;

static const char trace[] =
	"DESCRIPTION\n"
	"    start      nk records events of all CPUs and VMs, in rings of which the oldest are "
	"lost\n"
	"    stop       it does so no longer; what it has recorded stays\n"
	"    dump FILE  copies all rings into a file that is not there yet, for scripts/nk-trace\n"
	"    start and stop set bit 1 of nk.monitoring.enable, and leave counters as they "
	"are;\n"
	"    allow-get and allow-set say who may, and allow-get of nk.monitoring who sees the "
	"rings.\n"
	"\n"
	"JSON\n"
	"    start, stop: {\"counters\", \"events\"}: what is on; dump: {\"file\", \"cpus\", "
	"\"size\"}\n"
	"\n"
	"FILES\n"
	"    /sys/nk/prop/nk.monitoring.enable; /proc/nk/monitoring/vl,evt-log-0-raw (module\n"
	"    vlx-event-rings)\n";

static const struct page {
	const char *command;
	const char *summary;
	const char *usage;
	const char *text;
} pages[] = {
	{"list", "the VMs and what they do", "nk [--json] list", list},
	{"info", "the machine, or one VM", "nk [--json] info [VM]", info},
	{"start", "start a VM", "nk [--json] start [--wait SECONDS] VM", life},
	{"stop", "end a VM", "nk [--json] stop [--wait SECONDS] VM", life},
	{"restart", "restart a VM", "nk [--json] restart [--wait SECONDS] VM", life},
	{"suspend", "stop the time of a VM", "nk [--json] suspend [--wait SECONDS] VM", life},
	{"resume", "let a suspended VM go on", "nk [--json] resume [--wait SECONDS] VM", life},
	{"shutdown", "ask a VM to shut down", "nk [--json] shutdown [--wait SECONDS] VM", shutdown},
	{"focus", "which VM has keyboard and display", "nk [--json] focus [VM]", focus},
	{"cpu", "which VM has which CPU", "nk [--json] cpu list|give [--wait SECONDS] [CPU VM]",
	 cpu},
	{"prop", "properties", "nk [--json] prop get|set|list|watch [OPTION]... [NAME [VALUE]]",
	 prop},
	{"dump", "the memory of a VM, as an ELF core", "nk [--json] dump VM FILE", dump},
	{"top", "what VMs and CPUs do", "nk [--json] top [-d SECONDS] [--once]", vm_top},
	{"stat", "a VM's exits", "nk [--json] stat VM SECONDS", vm_stat},
	{"trace", "nk's events", "nk [--json] trace start|stop|dump [FILE]", trace},
	{"links", "this VM's links", "nk [--json] links", links},
	{"console", "what nk and all VMs printed", "nk [--json] console [-f]", console},
	{"help", "help", "nk help [COMMAND]", ""},
};

static const struct page *page_of(const char *command)
{
	size_t i;

	for (i = 0; command && i < sizeof(pages) / sizeof(*pages); i++)
		if (!strcmp(pages[i].command, command))
			return &pages[i];
	return NULL;
}

const char *help_usage(const char *command)
{
	const struct page *page = page_of(command);

	return page ? page->usage : NULL;
}

/* argv[1]: the command, if any. */
int cmd_help(int argc, char **argv)
{
	const struct page *page;

	if (argc < 2) {
		fputs(top, stdout);
		return NK_OK;
	}
	if (argc > 2)
		return misused("help", "'%s' is too much", argv[2]);
	page = page_of(argv[1]);
	if (!page)
		return misused(NULL, "there is no command '%s'", argv[1]);
	printf("NAME\n    nk %s - %s\n\nSYNOPSIS\n    %s\n%s%s", page->command, page->summary,
	       page->usage, *page->text ? "\n" : "", page->text);
	return NK_OK;
}
