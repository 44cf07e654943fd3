/* mpeg_pipe.c - the frames of an MP3 file, without tags and with the zeros that libmad wants after
 * the last frame, through a pipe that libsox reads: so that no copy of the file is made. */
#include "sound.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define GUARD 16 /* libmad decodes a frame only when 8 bytes follow it */

struct ir_mpeg_pipe {
    int from, to, out;
    uint64_t at, end;
    bool threaded;
    pthread_t thread;
};

static bool put(int to, const char *block, size_t n)
{
    while (n > 0) {
        ssize_t did = write(to, block, n);
        if (did <= 0)
            return false;
        block += did;
        n -= (size_t)did;
    }
    return true;
}

static void *feed_main(void *arg)
{
    static const char zeros[GUARD];
    struct ir_mpeg_pipe *f = arg;
    char block[32 << 10];
    bool go = true;
    while (go && f->at < f->end) {
        size_t n = f->end - f->at < sizeof block ? (size_t)(f->end - f->at) : sizeof block;
        go = ir_read_at(f->from, block, n, f->at) && put(f->to, block, n);
        f->at += n;
    }
    if (go)
        put(f->to, zeros, GUARD);
    close(f->to);
    return NULL;
}

struct ir_mpeg_pipe *ir_mpeg_pipe_new(int fd, uint64_t start, uint64_t end, struct ir_err *err)
{
    int p[2];
    pthread_attr_t a;
    if (pipe2(p, O_CLOEXEC) < 0) {
        ir_fail(err, "no pipe to the decoder");
        return NULL;
    }
    struct ir_mpeg_pipe *f = ir_zalloc(1, sizeof *f);
    *f = (struct ir_mpeg_pipe){.from = fd, .to = p[1], .out = p[0], .at = start, .end = end};
    /* What fits into the pipe goes there at once: a thread costs more than a short note. */
    int room = fcntl(p[1], F_GETPIPE_SZ);
    if (room > 0 && end - start + GUARD <= (uint64_t)room) {
        feed_main(f);
        return f;
    }
    pthread_attr_init(&a);
    pthread_attr_setstacksize(&a, IR_SANITIZED ? 1 << 20 : 128 << 10);
    int rc = pthread_create(&f->thread, &a, feed_main, f);
    pthread_attr_destroy(&a);
    f->threaded = true;
    if (rc == 0)
        return f;
    close(p[0]);
    close(p[1]);
    free(f);
    ir_fail(err, "no thread to feed the decoder");
    return NULL;
}

int ir_mpeg_pipe_fd(const struct ir_mpeg_pipe *f)
{
    return f->out;
}

void ir_mpeg_pipe_free(struct ir_mpeg_pipe *f)
{
    if (!f)
        return;
    close(f->out); /* a feeder that still writes then stops */
    if (f->threaded)
        pthread_join(f->thread, NULL);
    free(f);
}
