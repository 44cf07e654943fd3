"""Makes tests/data/convert: small .npy and .npz files as NumPy writes them.

    python3 tests/golden/convert.py tests/data/convert        (NumPy 1.24; tests need no Python)

Every array holds 0 ... 23 as 2 x 3 x 4 unless its name says otherwise.
"""
import os
import sys

import numpy as np

os.chdir(sys.argv[1])
x = np.arange(24).reshape(2, 3, 4)
np.save("f4.npy", x.astype("<f4"))
np.save("f8_big.npy", x.astype(">f8"))
np.save("i2_big_fortran.npy", np.asfortranarray(x.astype(">i2")))
np.save("f4_fortran.npy", np.asfortranarray(x.astype("<f4")))
np.save("f2.npy", x.astype("<f2"))
np.save("i4.npy", x.astype("<i4"))
np.save("u1.npy", x.astype("u1"))
np.save("bool.npy", x % 2 == 1)
np.save("scalar.npy", np.array(7, "<f4"))
np.save("row.npy", np.arange(24, dtype="<f4"))
np.lib.format.write_array(open("version3.npy", "wb"), x.astype("<f4"), version=(3, 0))
np.save("bad_i8.npy", x.astype("<i8"))
np.save("bad_c8.npy", x.astype("<c8"))
np.save("bad_text.npy", np.array(["flute", "violin"]))
np.save("bad_object.npy", np.array([{}, 1], dtype=object), allow_pickle=True)
np.save("bad_struct.npy", np.zeros(3, dtype=[("a", "<f4"), ("b", "<i4")]))
np.save("bad_empty.npy", np.zeros((0, 3), "<f4"))
np.savez("stored.npz", a=x.astype("<f4"), b=np.asfortranarray(x.astype(">i2")))
np.savez_compressed("deflated.npz", a=x.astype("<f4"), b=np.zeros((30, 30), "<f4"))
