"""A file that one cell writes and another reads."""


def change(nb):
    nb.first("np.save('mine.npy', np.ones(3))\nopen('note.txt', 'w').write('one')")
    nb.top("ex-1-1", "assert np.load('mine.npy').sum() == 3 and open('note.txt').read() == 'one'")
