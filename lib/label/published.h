/* published.h - splits of papers, shipped as lists. */
#ifndef IR_LABEL_PUBLISHED_H
#define IR_LABEL_PUBLISHED_H

/* Split ("2way": train or test; "5way": fold 0 … 4) of a track of MedleyDB 1, NULL for any other
 * track. */
const char *ir_published_medleydb(const char *split, const char *track);

#endif
