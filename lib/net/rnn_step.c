/* rnn_step.c - one moment of GRU and LSTM, as PyTorch defines them. */
#include "net/rnn.h"

#include <math.h>

static float sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

/* r, z, n and what n gets from the state; h' = (1 - z) n + z h. */
void ir_rnn_gru_step(const struct ir_rnn_step *s)
{
    size_t h = s->hidden;
    for (size_t b = 0; b < s->rows; b++) {
        const float *in = s->in + 3 * b * h, *rec = s->rec + 3 * b * h;
        float *g = s->gate + 4 * b * h;
        for (size_t j = 0; j < h; j++) {
            float r = sigmoid(in[j] + rec[j]), z = sigmoid(in[h + j] + rec[h + j]);
            float n = tanhf(in[2 * h + j] + r * rec[2 * h + j]);
            g[j] = r;
            g[h + j] = z;
            g[2 * h + j] = n;
            g[3 * h + j] = rec[2 * h + j];
            s->h[b * h + j] = (1 - z) * n + z * s->h0[b * h + j];
        }
    }
}

void ir_rnn_gru_back(const struct ir_rnn_back *s)
{
    size_t h = s->hidden;
    for (size_t b = 0; b < s->rows; b++) {
        const float *g = s->gate + 4 * b * h;
        float *din = s->din + 3 * b * h, *drec = s->drec + 3 * b * h;
        for (size_t j = 0; j < h; j++) {
            float r = g[j], z = g[h + j], n = g[2 * h + j], d = s->dh[b * h + j];
            float dn = d * (1 - z) * (1 - n * n), dz = d * (s->h0[b * h + j] - n) * z * (1 - z);
            float dr = dn * g[3 * h + j] * r * (1 - r);
            din[j] = drec[j] = dr;
            din[h + j] = drec[h + j] = dz;
            din[2 * h + j] = dn;
            drec[2 * h + j] = dn * r;
            s->dh[b * h + j] = d * z;
        }
    }
}

/* i, f, g, o; c' = f c + i g, h' = o tanh(c'). */
void ir_rnn_lstm_step(const struct ir_rnn_step *s)
{
    size_t h = s->hidden;
    for (size_t b = 0; b < s->rows; b++) {
        const float *in = s->in + 4 * b * h, *rec = s->rec + 4 * b * h;
        float *g = s->gate + 4 * b * h;
        for (size_t j = 0; j < h; j++) {
            float i = sigmoid(in[j] + rec[j]), f = sigmoid(in[h + j] + rec[h + j]);
            float m = tanhf(in[2 * h + j] + rec[2 * h + j]),
                  o = sigmoid(in[3 * h + j] + rec[3 * h + j]);
            float c = i * m + (s->c0 != NULL ? f * s->c0[b * h + j] : 0);
            g[j] = i;
            g[h + j] = f;
            g[2 * h + j] = m;
            g[3 * h + j] = o;
            s->c[b * h + j] = c;
            s->h[b * h + j] = o * tanhf(c);
        }
    }
}

void ir_rnn_lstm_back(const struct ir_rnn_back *s)
{
    size_t h = s->hidden;
    for (size_t b = 0; b < s->rows; b++) {
        const float *g = s->gate + 4 * b * h;
        float *din = s->din + 4 * b * h, *drec = s->drec + 4 * b * h;
        for (size_t j = 0; j < h; j++) {
            float i = g[j], f = g[h + j], m = g[2 * h + j], o = g[3 * h + j], d = s->dh[b * h + j];
            float u = tanhf(s->c[b * h + j]), dc = s->dc[b * h + j] + d * o * (1 - u * u);
            float c0 = s->c0 != NULL ? s->c0[b * h + j] : 0;
            drec[j] = din[j] = dc * m * i * (1 - i);
            drec[h + j] = din[h + j] = dc * c0 * f * (1 - f);
            drec[2 * h + j] = din[2 * h + j] = dc * i * (1 - m * m);
            drec[3 * h + j] = din[3 * h + j] = d * u * o * (1 - o);
            s->dc[b * h + j] = dc * f;
            s->dh[b * h + j] = 0;
        }
    }
}
