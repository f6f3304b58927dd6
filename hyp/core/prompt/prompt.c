// SPDX-License-Identifier: Apache-2.0
/* The commands of nk's prompt. Everything runs in the UART's interrupt: short, and never waits. */
#include "core/prompt/prompt.h"

#include "core/console/console.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "lib/string.h"

#define LINE_MAX 64
#define WORDS_MAX 4
#define RAM_TEXT 80

#define KEY_BACKSPACE 0x08
#define KEY_DELETE 0x7f
#define KEY_CTRL_C 0x03
#define KEY_CTRL_U 0x15

static const struct prompt_ops *ops;
static char line[LINE_MAX];
static u32 length;
static u8 last_key;

static void echo_text(const char *text)
{
	console_prompt_write(text, strlen(text));
}

/* ---- commands ---- */

static const char *ram_text(char text[RAM_TEXT], const struct prompt_ram *ram)
{
	u32 n = (u32)fmt_snprintf(text, RAM_TEXT, "%llu MiB at 0x%llx",
				  (unsigned long long)ram->size >> 20,
				  (unsigned long long)ram->base);

	if (ram->pa != ram->base)
		fmt_snprintf(text + n, RAM_TEXT - n, " (board: 0x%llx)",
			     (unsigned long long)ram->pa);
	return text;
}

static void show_vm(u32 id, const struct prompt_vm *info)
{
	char text[RAM_TEXT];

	printk("vm%u %s: %s, %u of %u vCPUs on, %s, started again %u times%s%s", id,
	       console_vm_name(id) ? console_vm_name(id) : "", info->state, info->nr_on,
	       info->nr_vcpus, ram_text(text, &info->ram[0]), info->restarts,
	       info->reason ? ", " : "", info->reason ? info->reason : "");
	for (u32 i = 1; i < info->nr_ram; i++)
		printk("vm%u: and %s", id, ram_text(text, &info->ram[i]));
	if (info->held)
		printk("vm%u: held up %u times, as it interrupts others too often (`xirq-rate`)",
		       id, info->held);
}

static void show_vms(void)
{
	struct prompt_vm info;

	for (u32 id = NK_VM_ID_FIRST; id <= NK_VM_ID_MAX; id++)
		if (ops->vm(id, &info))
			show_vm(id, &info);
}

/* A VM's id, as a number with or without "vm" before it; 0 if it is none. */
static u32 parse_id(const char *word)
{
	u32 id = 0;

	if (!strncmp(word, "vm", 2))
		word += 2;
	for (; *word; word++) {
		if (*word < '0' || *word > '9' || id > NK_VM_ID_MAX)
			return 0;
		id = 10 * id + (u32)(*word - '0');
	}
	return id > NK_VM_ID_MAX ? 0 : id;
}

static void vm_action(u32 id, const char *word)
{
	static const char *const names[] = {
		[PROMPT_START] = "start",     [PROMPT_STOP] = "stop",
		[PROMPT_RESTART] = "restart", [PROMPT_SUSPEND] = "suspend",
		[PROMPT_RESUME] = "resume",
	};
	const char *why;

	for (u32 n = 0; n < ARRAY_SIZE(names); n++) {
		if (strcmp(word, names[n]))
			continue;
		why = ops->vm_action ? ops->vm_action(id, (enum prompt_action)n) : "not possible";
		printk("vm%u: %s%s%s", id, names[n], why ? ": " : "", why ? why : "");
		return;
	}
	printk("vm N start|stop|restart|suspend|resume, not %s", word);
}

static void command_vm(u32 nr, char **words)
{
	struct prompt_vm info;
	u32 id;

	if (!ops->vm) {
		printk("not possible");
		return;
	}
	if (nr == 1) {
		show_vms();
		return;
	}
	id = parse_id(words[1]);
	if (!id || !ops->vm(id, &info))
		printk("there is no VM %s", words[1]);
	else if (nr == 2)
		show_vm(id, &info);
	else
		vm_action(id, words[2]);
}

static void command_cpu(u32 nr, char **words)
{
	struct prompt_cpu info;

	(void)nr;
	(void)words;
	for (u32 cpu = 0; cpu < NK_CPUS_MAX && ops->cpu && ops->cpu(cpu, &info); cpu++) {
		if (info.vm)
			printk("cpu%u (0x%llx): %s, vm%u vcpu%u", cpu,
			       (unsigned long long)info.mpidr, info.state, info.vm, info.vcpu);
		else
			printk("cpu%u (0x%llx): %s", cpu, (unsigned long long)info.mpidr,
			       info.state);
	}
}

static void command_mem(u32 nr, char **words)
{
	struct prompt_mem info;

	(void)nr;
	(void)words;
	if (!ops->mem) {
		printk("not possible");
		return;
	}
	ops->mem(&info);
	printk("memory in KiB: %llu in all, %llu nk, %llu guests, %llu free",
	       (unsigned long long)info.total >> 10, (unsigned long long)info.nk >> 10,
	       (unsigned long long)info.guests >> 10, (unsigned long long)info.free >> 10);
}

void prompt_quit(void)
{
	if (ops && ops->quit)
		ops->quit();
	printk("not possible");
}

static void command_quit(u32 nr, char **words)
{
	(void)nr;
	(void)words;
	prompt_quit();
}

static void command_trace(u32 nr, char **words)
{
	const char *why = "start, stop or dump";

	if (!ops->trace)
		why = "not possible";
	else if (nr == 2)
		why = ops->trace(words[1]);
	if (why)
		printk("trace: %s", why);
}

static void command_reset(u32 nr, char **words)
{
	(void)nr;
	(void)words;
	if (ops->reset)
		ops->reset();
	printk("not possible");
}

static void command_help(u32 nr, char **words);

static const struct {
	const char *name;
	void (*fn)(u32 nr, char **words);
	const char *help;
} commands[] = {
	{"help", command_help, "help: this list"},
	{"vm", command_vm,
	 "vm [N [start|stop|restart|suspend|resume]]: the VMs, one of them, steer it"},
	{"cpu", command_cpu, "cpu: what each CPU does"},
	{"mem", command_mem, "mem: who has how much memory"},
	{"trace", command_trace,
	 "trace start|stop|dump: record events, no more, print all that there are"},
	{"reset", command_reset, "reset: start the machine anew, with all that runs on it"},
	{"quit", command_quit, "quit: end everything (QEMU)"},
};

static void command_help(u32 nr, char **words)
{
	(void)nr;
	(void)words;
	for (u32 n = 0; n < ARRAY_SIZE(commands); n++)
		printk("%s", commands[n].help);
	printk("Ctrl-] ? shows the keys");
}

/* ---- the line ---- */

/* Splits text at its spaces, in place. */
static u32 split_words(char *text, char **words)
{
	u32 nr = 0;

	while (nr < WORDS_MAX) {
		while (*text == ' ')
			*text++ = '\0';
		if (!*text)
			break;
		words[nr++] = text;
		while (*text && *text != ' ')
			text++;
	}
	return nr;
}

static void run_line(void)
{
	char *words[WORDS_MAX];
	u32 nr;

	line[length] = '\0';
	length = 0;
	nr = split_words(line, words);
	if (!nr)
		return;
	for (u32 n = 0; n < ARRAY_SIZE(commands); n++) {
		if (strcmp(words[0], commands[n].name))
			continue;
		if (ops)
			commands[n].fn(nr, words);
		return;
	}
	printk("no command %s: help lists them", words[0]);
}

static void rub_out(void)
{
	length--;
	echo_text("\b \b");
}

void prompt_key(u8 c)
{
	bool second = c == '\n' && last_key == '\r'; /* of a terminal that sends both */
	char text[2] = {(char)c, '\0'};

	last_key = c;
	if (second)
		return;
	if (c == '\r' || c == '\n') {
		echo_text("\n");
		run_line();
		return;
	}
	if (c == KEY_BACKSPACE || c == KEY_DELETE) {
		if (length)
			rub_out();
		return;
	}
	if (c == KEY_CTRL_U || c == KEY_CTRL_C) {
		while (length)
			rub_out();
		return;
	}
	if (c < ' ' || c > '~' || length + 1 >= LINE_MAX)
		return;
	line[length++] = (char)c;
	echo_text(text);
}

void prompt_init(const struct prompt_ops *prompt_ops)
{
	ops = prompt_ops;
}
