/* page.h - recordings to listen to and look at: HTML pages that stand alone, with the spectrogram,
 * a row for each instrument that follows the sound, and the labels to take away. */
#ifndef IR_PAGE_H
#define IR_PAGE_H

#include "tool.h"

struct ir_page_opts {
    const char *title; /* of the page, or of the index; NULL: the file's name */
    bool embed;        /* the sound goes into the page; else the page links to it */
};
/* The operands of a run are sounds and streams of predictions (domain=pred), in any order; without
 * sounds the predictions name them. One recording becomes the page run->output (NULL: standard
 * output). Several become pages in a folder named after it without its .html, and the output
 * becomes their index. A recording whose sound cannot be decoded counts as bad (run->max_bad) and
 * has no page. 0; -1 with run->err; -2 wrong usage. */
int ir_page_run(struct ir_run *run, const struct ir_page_opts *o);

#endif
