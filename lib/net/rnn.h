/* rnn.h - what GRU and LSTM share. Input and output are features x time. */
#ifndef IR_NET_RNN_H
#define IR_NET_RNN_H

#include "net/node.h"

struct ir_rnn {
    size_t in, hidden, time, gates; /* gates: 3 GRU, 4 LSTM */
    size_t dirs;                    /* 1, or 2 with the reversed time */
    bool last;                      /* only the last state of each direction */
};

int ir_rnn_setup(struct ir_node *n, struct ir_args *a, size_t gates, struct ir_err *err);
void ir_rnn_init(struct ir_node *n, struct ir_rng *rng);
void ir_rnn_forward(struct ir_node *n, const struct ir_pass *p);
void ir_rnn_backward(struct ir_node *n, const struct ir_pass *p);

/* One moment of `rows` clips. in [rows][gates × hidden] comes from the input, rec from the state
 * before; gate [rows][4 × hidden] is kept. Elementwise: */
struct ir_rnn_step {
    size_t rows, hidden;
    const float *in, *rec, *h0, *c0; /* c0: LSTM, NULL at the start */
    float *gate, *h, *c;
};
void ir_rnn_gru_step(const struct ir_rnn_step *s);
void ir_rnn_lstm_step(const struct ir_rnn_step *s);
/* Its gradient: dh (and dc) of the state after become those before (dh without the part through
 * rec); din and drec [rows][gates × hidden]. */
struct ir_rnn_back {
    size_t rows, hidden;
    const float *gate, *h0, *c0, *c;
    float *dh, *dc, *din, *drec;
};
void ir_rnn_gru_back(const struct ir_rnn_back *s);
void ir_rnn_lstm_back(const struct ir_rnn_back *s);

#endif
