"""A tensor stream as a PyTorch data set: ten lines on top of irt.py.

    loader = torch.utils.data.DataLoader(Stream("train.mel.irt"), batch_size=32)
"""
import torch

import irt


class Stream(torch.utils.data.IterableDataset):
    def __init__(self, path):
        self.path = path

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        with irt.Reader(self.path) as r:
            classes = irt.parse_names(r.header.get("classes", ""))
            for i, rec in enumerate(r):
                if worker is None or i % worker.num_workers == worker.id:
                    y = irt.label_vector(rec.meta.get("labels", ""), classes)
                    yield torch.from_numpy(rec.data), torch.from_numpy(y)
