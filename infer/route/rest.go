package route

import "github.com/spectap/spectap/infer/sketch"

// maxText is the longest value that is compared with paths.
const maxText = 512

// ending holds the hashes of what begins at a segment. When such rests of several lengths stand in bodies as one
// value, as in "path": "src/a/b.go" or "ref": "refs/heads/main", they are one parameter that spans slashes.
type ending struct {
	rest   uint64 // the rest of the path
	before uint64 // the same with the segment before it
	pair   uint64 // this segment with the one before it, as owner/repo
}

// tails computes the endings of a path.
func (v *visit) tails() {
	segs := v.segs
	size := 0
	for i := range segs {
		size += len(segs[i].plain) + 1
	}
	if cap(v.path) < size {
		v.path = make([]byte, 0, 2*size)
	}
	b := v.path[:0]
	var at [maxSegments]int
	for i := range segs {
		if i > 0 {
			b = append(b, '/')
		}
		at[i] = len(b)
		b = append(b, segs[i].plain...)
	}
	last := len(segs) - 1
	for i := range segs {
		v.ends[i] = ending{rest: sketch.Hash(b[at[i]:])}
		switch {
		case i == 0:
			continue
		case i == last:
			v.ends[i].pair = v.ends[i-1].rest
		default:
			v.ends[i].pair = sketch.Hash(b[at[i-1] : at[i]+len(segs[i].plain)])
		}
		v.ends[i].before = v.ends[i-1].rest
	}
	v.path = b
}

// isFileField says that a property holds paths of files, by its name: what stands there is one value however many segments
// it has.
func isFileField(name string) bool {
	switch plain(fieldTail(name)) {
	case "path", "filepath", "file", "filename":
		return true
	}
	return false
}

// hash2 is the hash of owner/repo.
func hash2(a, b string) uint64 { return sketch.Hash(a + "/" + b) }
