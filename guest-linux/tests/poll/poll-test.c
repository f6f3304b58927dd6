// SPDX-License-Identifier: GPL-2.0-only
/* poll-test: prints what poll() says of a file, as a program without a wait would be told. */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>

static char *path = "";
module_param(path, charp, 0);
MODULE_PARM_DESC(path, "the file");

static int __init poll_test_init(void)
{
	struct file *file = filp_open(path, O_RDONLY | O_NONBLOCK, 0);

	if (IS_ERR(file))
		return PTR_ERR(file);
	pr_info("poll-test: %s %#x\n", path, (__force unsigned int)vfs_poll(file, NULL));
	filp_close(file, NULL);
	return 0;
}

static void __exit poll_test_exit(void)
{
}

module_init(poll_test_init);
module_exit(poll_test_exit);
MODULE_DESCRIPTION("What poll() says of a file");
MODULE_LICENSE("GPL");
