/* select.c - which clips and tensors to keep. */
#include "convert.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

int ir_select_parse_shard(const char *text, struct ir_select *s, struct ir_err *err)
{
    return ir_parse_shard(text, &s->shard, &s->shards, err);
}

/* 1 when a label above 0 is among the wanted classes. */
static int has_class(const struct ir_select *s, const char *labels, struct ir_err *err)
{
    int found = 0;

    /* Each label is parsed against a list of one class: its own name. */
    for (const char *p = labels; p && *p && !found;) {
        size_t n = strcspn(p, " ");
        char *word = ir_strndup(p, n), *colon = strrchr(word, ':');
        struct ir_strs name = {0};
        float value = 0;
        if (colon) {
            *colon = '\0';
            found = ir_names_parse(word, &name, err);
            *colon = ':';
        } else {
            found = ir_fail(err, "label '%s', wanted name:value", word);
        }
        if (found == 0 && name.n == 1) {
            found = ir_labels_parse(word, &name, false, &value, err);
            if (found == 0)
                found = value > 0 && ir_strs_find(&s->classes, name.at[0]) >= 0;
        }
        ir_strs_free(&name);
        free(word);
        p += n + (p[n] == ' ');
    }
    return found;
}

int ir_select_clip(const struct ir_select *s, const struct ir_meta *m, struct ir_err *err)
{
    const char *id = ir_meta_get(m, "id"), *split = ir_meta_get(m, "split");

    if (!id)
        id = "";
    if (s->splits.n && (!split || ir_strs_find(&s->splits, split) < 0))
        return 0;
    if (s->shards && ir_hash(id, strlen(id), 0) % (uint64_t)s->shards != (uint64_t)s->shard - 1)
        return 0;
    bool match = s->ids.n == 0;
    for (size_t i = 0; i < s->ids.n && !match; i++)
        match = fnmatch(s->ids.at[i], id, 0) == 0;
    if (!match)
        return 0;
    return s->classes.n ? has_class(s, ir_meta_get(m, "labels"), err) : 1;
}

int ir_select_next(struct ir_select *s, const struct ir_meta *m, struct ir_err *err)
{
    int keep = ir_select_clip(s, m, err);

    if (keep <= 0)
        return keep;
    ++s->passed;
    return s->passed > s->skip && (s->count < 0 || s->passed <= s->skip + s->count);
}

bool ir_select_name(const struct ir_select *s, const struct ir_rec *rec)
{
    return s->names.n == 0 || ir_strs_find(&s->names, ir_rec_name(rec)) >= 0;
}
