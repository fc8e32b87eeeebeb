/* SPDX-License-Identifier: BSD-2-Clause */
#include "t/fuzz/session_model.h"

void
model_open(struct model *model, struct milter *milter)
{
	model->session = native_session_new(milter);
	model->step = NATIVE_READ;
	buf_init(&model->in, MODEL_SAID_MAX);
	buf_init(&model->out, NATIVE_OUT_MAX);
	buf_init(&model->told, MODEL_TOLD_MAX);
}

void
model_close(struct model *model)
{
	native_session_free(&model->session);
	buf_free(&model->in);
	buf_free(&model->out);
	buf_free(&model->told);
}

/* True if the model can go on without more of what the MTA says. */
static bool
model_step(struct model *model)
{
	struct span rest = buf_span(&model->in);
	bool reads = model->step == NATIVE_READ;

	if (reads) {
		model->step = native_session_read(
		    model->session, &rest, clock_now(), &model->out);
		buf_cut_front(&model->in, model->in.len - rest.len);
	} else {
		model->step = native_session_continue(
		    model->session, clock_now(), &model->out);
	}
	(void)buf_append_span(&model->told, buf_span(&model->out));
	buf_reset(&model->out);
	return model->step != NATIVE_CLOSE &&
	    !(reads && model->step == NATIVE_READ);
}

void
model_read(struct model *model, struct span bytes)
{
	(void)buf_append_span(&model->in, bytes);
	while (model->step != NATIVE_CLOSE && model_step(model))
		continue;
}
