/* audioset_ids.h - AudioSet's classes: names, the tree, and rules that make classes of them. */
#ifndef IR_LABEL_AUDIOSET_IDS_H
#define IR_LABEL_AUDIOSET_IDS_H

#include "../json.h"
#include "dict.h"

/* Classes of the data set. */
struct ir_audioset_ids {
    struct ir_dict mid;       /* "/m/05r5c" → index in name */
    struct ir_strs name;      /* display names */
    struct ir_dict by_name;   /* display name → index */
    struct ir_json *ontology; /* NULL: none was read */
    struct ir_dict node;      /* mid → index in the ontology's array */
};
/* class_labels_indices.csv (index,mid,display_name). */
int ir_audioset_ids_read(struct ir_audioset_ids *m, const char *csv, struct ir_err *err);
/* ontology.json; its names are added for mids that have none yet. */
int ir_audioset_ids_ontology(struct ir_audioset_ids *m, const char *path, struct ir_err *err);
void ir_audioset_ids_free(struct ir_audioset_ids *m);

/* One class of ours: a set of mids. */
struct ir_mid_class {
    char *name;
    struct ir_dict members;
};
/* "NAME=A,B+": A and B are mids or display names (%2C for a comma), + takes all classes below too.
 */
int ir_mid_class_parse(struct ir_mid_class *c, const struct ir_audioset_ids *m, const char *rule,
                       const char *option, struct ir_err *err);
void ir_mid_class_free(struct ir_mid_class *c);

#endif
