"""The power fails: what may be on the disk then, and whether the journal keeps its promises with it (promise G2).

Reading order: `disk.c` (a library for LD_PRELOAD that writes down what a process does to the files of a folder, and
makes calls fail), `library` (builds and steers it), `images` (what a disk may hold after a power failure), `workload`
(the program that is watched), `verdict` (opens an image by the server's own way of starting, and judges it).

Rules:
1. What was synced is on the disk. Of what was not, anything may be: each sector of 512 bytes has one of the contents
   that it ever had since its last sync, independently of all others; each file may be longer without having its
   content; names come and go in their order, as far as any point since their folder's last sync.
2. A message counts as acknowledged when its entry was delivered to the journal's follower.
3. All randomness comes from one seed, which is printed.
4. `-shm` files are no durable state: they are mapped memory, and are rebuilt at a start. They come back as noise.

`python -m tests.powerloss` makes any number of images; `test_powerloss.py` some hundreds.
"""
