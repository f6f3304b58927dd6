// SPDX-License-Identifier: GPL-2.0-only
/*
 * VI2C(4D): nodes `vl,i2c-adapter` are buses of another VM, with slaves below them as below any other. The bus is there
 * once its back-end is, as drivers ask their slaves for a sign of life; it stays when that one goes.
 */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include "fe.h"

static int transfer(struct i2c_adapter *adap, struct i2c_msg *msgs, int nr)
{
	struct vi2c_fe *v = i2c_get_adapdata(adap);
	size_t size, answer_size;
	int err = vi2c_measure(v, msgs, nr, &size, &answer_size);

	if (err)
		return err;
	vi2c_pack(v, msgs, nr);
	err = vcall(v->end, v->request, size, v->answer, answer_size);
	return err ?: vi2c_unpack(v, msgs, nr);
}

static u32 functionality(struct i2c_adapter *adap)
{
	struct vi2c_fe *v = i2c_get_adapdata(adap);

	return READ_ONCE(v->functionality);
}

static const struct i2c_algorithm algorithm = {
	.master_xfer = transfer,
	.functionality = functionality,
};

/* Not in begin(): drivers of slaves transfer, and not only in this thread. */
static void add_adapter(struct work_struct *work)
{
	struct vi2c_fe *v = container_of(work, struct vi2c_fe, add_work);
	int err = 0;

	mutex_lock(&v->lock);
	if (!v->added && !v->leaving) {
		err = i2c_add_adapter(&v->adap);
		v->added = !err;
	}
	mutex_unlock(&v->lock);
	if (err)
		dev_err(v->dev, "the bus cannot be added: error %d\n", err);
}

static int begin(struct vcall_end *end)
{
	struct vi2c_fe *v = end->private;
	struct vi2c_request request = {.command = VI2C_INFO};
	struct vi2c_info info;
	int err = vcall(end, &request, sizeof(request), &info, sizeof(info));

	err = err ?: vi2c_error(info.status);
	if (err)
		return err;
	WRITE_ONCE(v->functionality, info.functionality & (I2C_FUNC_I2C | I2C_FUNC_10BIT_ADDR |
							   I2C_FUNC_SMBUS_EMUL_ALL));
	queue_work(system_unbound_wq, &v->add_work);
	return 0;
}

/* One end is the bus. */
static int probe_end(struct vcall_end *end)
{
	struct vi2c_fe *v = container_of(end->family, struct vi2c_fe, family);
	u32 room = min_t(u32, vrpc_maxsize(end->vrpc), VI2C_ROOM_MAX);

	if (v->end)
		return -EBUSY;
	v->request = devm_kzalloc(v->dev, room, GFP_KERNEL);
	v->answer = devm_kzalloc(v->dev, room, GFP_KERNEL);
	if (!v->request || !v->answer)
		return -ENOMEM;
	v->room = room;
	v->end = end;
	end->private = v;
	return 0;
}

static void set_up(struct vi2c_fe *v)
{
	mutex_init(&v->lock);
	INIT_WORK(&v->add_work, add_adapter);
	v->adap.owner = THIS_MODULE;
	v->adap.algo = &algorithm;
	v->adap.dev.parent = v->dev;
	v->adap.dev.of_node = v->dev->of_node;
	snprintf(v->adap.name, sizeof(v->adap.name), "vi2c %s", v->vlink);
	i2c_set_adapdata(&v->adap, v);
	v->family = (struct vcall_family){
		.name = v->vlink,
		.own_links = true,
		.room = VI2C_ROOM,
		.probe = probe_end,
		.up = begin,
	};
}

/* Slaves' drivers may transfer until they are gone. */
static void leave(void *data)
{
	struct vi2c_fe *v = data;
	bool added;

	mutex_lock(&v->lock);
	v->leaving = true;
	added = v->added;
	mutex_unlock(&v->lock);
	if (added)
		i2c_del_adapter(&v->adap);
	vcall_close(&v->family);
	cancel_work_sync(&v->add_work);
}

static int probe(struct platform_device *pdev)
{
	struct vi2c_fe *v = devm_kzalloc(&pdev->dev, sizeof(*v), GFP_KERNEL);
	int err;

	if (!v)
		return -ENOMEM;
	v->dev = &pdev->dev;
	if (of_property_read_string(pdev->dev.of_node, "vl,vlink", &v->vlink))
		return dev_err_probe(v->dev, -EINVAL, "no vl,vlink\n");
	set_up(v);
	platform_set_drvdata(pdev, v);
	err = vcall_open(&v->family);
	if (err)
		return dev_err_probe(v->dev, err, "vlink \"%s\"\n", v->vlink);
	err = devm_add_action_or_reset(v->dev, leave, v);
	if (err || v->end)
		return err;
	return dev_err_probe(v->dev, -ENODEV, "there is no vlink \"%s\"\n", v->vlink);
}

/* With interrupts off a call would not be answered: from then on transfers end at once. */
static int suspend(struct device *dev)
{
	struct vi2c_fe *v = dev_get_drvdata(dev);

	mutex_lock(&v->lock);
	if (v->added)
		i2c_mark_adapter_suspended(&v->adap);
	mutex_unlock(&v->lock);
	return 0;
}

static int resume(struct device *dev)
{
	struct vi2c_fe *v = dev_get_drvdata(dev);

	mutex_lock(&v->lock);
	if (v->added)
		i2c_mark_adapter_resumed(&v->adap);
	mutex_unlock(&v->lock);
	return 0;
}

static const struct dev_pm_ops pm_ops = {LATE_SYSTEM_SLEEP_PM_OPS(suspend, resume)};

static const struct of_device_id matches[] = {{.compatible = "vl,i2c-adapter"}, {}};
MODULE_DEVICE_TABLE(of, matches);

static struct platform_driver front_end = {
	.probe = probe,
	.driver.name = "vi2c-fe",
	.driver.of_match_table = matches,
	.driver.pm = &pm_ops,
	.driver.suppress_bind_attrs = true,
};

module_platform_driver(front_end);

MODULE_DESCRIPTION("I2C buses of another VM");
MODULE_LICENSE("GPL");
