/* gm.c - General MIDI programs: what instrument each one is, and where it plays. */
#include "render.h"

#include <string.h>

/* Programs from … to share a name and a range; keys 60 = middle C. Ranges after the usual
 * orchestration tables; `single`: one note at a time. */
static const struct {
    int from, to;
    const char *name;
    int low, high;
    bool single;
} gm[] = {
    {0, 3, "piano", 21, 108, false},
    {4, 5, "electric piano", 28, 103, false},
    {6, 7, "harpsichord", 29, 89, false},
    {8, 8, "celesta", 60, 108, false},
    {9, 9, "glockenspiel", 72, 108, false},
    {10, 10, "music box", 60, 84, false},
    {11, 11, "vibraphone", 53, 89, false},
    {12, 12, "marimba", 45, 96, false},
    {13, 13, "xylophone", 65, 108, false},
    {14, 14, "chimes", 60, 77, false},
    {15, 15, "dulcimer", 60, 84, false},
    {16, 20, "organ", 36, 96, false},
    {21, 21, "accordion", 53, 89, false},
    {22, 22, "harmonica", 60, 84, false},
    {23, 23, "accordion", 53, 89, false},
    {24, 25, "acoustic guitar", 40, 84, false},
    {26, 28, "clean electric guitar", 40, 86, false},
    {29, 30, "distorted electric guitar", 40, 86, false},
    {31, 31, "clean electric guitar", 40, 86, false},
    {32, 32, "double bass", 28, 60, true},
    {33, 37, "electric bass", 28, 60, true},
    {38, 39, "synthesizer", 24, 96, false},
    {40, 40, "violin", 55, 96, true},
    {41, 41, "viola", 48, 84, true},
    {42, 42, "cello", 36, 76, true},
    {43, 43, "double bass", 28, 60, true},
    {44, 45, "string section", 28, 96, false},
    {46, 46, "harp", 24, 103, false},
    {47, 47, "timpani", 36, 57, false},
    {48, 51, "string section", 28, 96, false},
    {52, 54, "voice", 48, 79, false},
    {55, 55, "string section", 28, 96, false},
    {56, 56, "trumpet", 52, 84, true},
    {57, 57, "trombone", 40, 72, true},
    {58, 58, "tuba", 28, 58, true},
    {59, 59, "trumpet", 52, 84, true},
    {60, 60, "french horn", 34, 77, true},
    {61, 61, "brass section", 36, 84, false},
    {62, 63, "synthesizer", 24, 96, false},
    {64, 67, "saxophone", 49, 80, true},
    {68, 68, "oboe", 58, 91, true},
    {69, 69, "cor anglais", 52, 81, true},
    {70, 70, "bassoon", 34, 75, true},
    {71, 71, "clarinet", 50, 91, true},
    {72, 72, "piccolo", 74, 108, true},
    {73, 73, "flute", 60, 96, true},
    {74, 74, "recorder", 60, 91, true},
    {75, 79, "panpipes", 60, 91, true},
    {80, 95, "synthesizer", 24, 96, false},
    {96, 103, "fx/processed sound", 24, 96, false},
    {104, 104, "sitar", 48, 77, false},
    {105, 105, "banjo", 48, 84, false},
    {106, 107, "koto", 44, 84, false},
    {108, 108, "kalimba", 48, 79, false},
    {109, 109, "bagpipe", 58, 77, true},
    {110, 110, "violin", 55, 96, true},
    {111, 111, "oboe", 58, 91, true},
    {112, 119, "auxiliary percussion", 36, 96, false},
    {120, 127, "fx/processed sound", 24, 96, false},
    {IR_DRUMS, IR_DRUMS, "drum set", 0, 127, false},
};
enum { ROWS = sizeof gm / sizeof *gm };

static size_t row_of(int program)
{
    for (size_t i = 0; i < ROWS; i++)
        if (program >= gm[i].from && program <= gm[i].to)
            return i;
    return ROWS - 1;
}

const char *ir_gm_name(int program)
{
    return gm[row_of(program)].name;
}

void ir_gm_range(int program, int *low, int *high, bool *single)
{
    size_t i = row_of(program);
    *low = gm[i].low;
    *high = gm[i].high;
    *single = gm[i].single;
}

int ir_gm_find(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(gm[i].name, name) == 0)
            return gm[i].from;
    return -1;
}

int ir_gm_next(int program)
{
    const char *name = ir_gm_name(program);
    for (int p = program + 1; p <= IR_DRUMS; p++)
        if (strcmp(ir_gm_name(p), name) == 0)
            return p;
    return -1;
}
