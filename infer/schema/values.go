package schema

import (
	"math"
	"math/bits"
	"slices"

	"github.com/spectap/spectap/flow/redact"
)

const (
	// maxValues is how many distinct values a sample holds. A field with more is no enum.
	maxValues = 64
	// maxSketch is how many a sample of more keeps, to tell how many there are (k minimum values).
	maxSketch = 16
)

// A value is one distinct value of a sample.
type value struct {
	hash  uint64
	text  string // "" unless it may be kept
	count uint32
	shape format // its formats with shapeKnown, once worked out; not encoded
}

// values counts distinct values: all of them up to maxValues, else the maxSketch with the smallest hashes. A
// value of the final sample was in the sample ever since it was first seen, so its count is exact.
type values struct {
	list []value // ascending by hash
	over bool    // there were more than the list holds
}

// find returns where a value is or would be.
func (v *values) find(h uint64) (int, bool) {
	n := len(v.list)
	if n == 0 || h > v.list[n-1].hash { // mostly, where there were more than the list holds
		return n, false
	}
	i := 0
	if !v.over { // hashes are spread evenly
		g, _ := bits.Mul64(h, uint64(n))
		for i = int(g); i > 0 && v.list[i-1].hash >= h; i-- {
		}
	}
	for v.list[i].hash < h {
		i++
	}
	return i, v.list[i].hash == h
}

// keeps says that a new value that would be at i is kept.
func (v *values) keeps(i int) bool { return !v.over || i < maxSketch }

// add counts n occurrences of the value with this hash; text is kept while the sample is whole.
func (v *values) add(h uint64, n uint32, text []byte) {
	i, found := v.find(h)
	if found {
		v.list[i].count = sum32(v.list[i].count, n)
		return
	}
	t := ""
	if !v.over && len(v.list) < maxValues && len(text) > 0 && !redact.Weak.Sensitive(string(text)) {
		t = string(text)
	}
	v.insert(i, value{hash: h, count: n, text: t})
}

// insert puts a new value at i.
func (v *values) insert(i int, e value) {
	if !v.over && len(v.list) == maxValues {
		v.overflow()
	}
	if v.over {
		if !v.keeps(i) {
			return
		}
		e.text = ""
		if len(v.list) == maxSketch {
			v.list = v.list[:maxSketch-1]
		}
	}
	v.list = slices.Insert(v.list, i, e)
}

// overflow makes a sketch of the sample; what is no enum needs no texts.
func (v *values) overflow() {
	if v.over {
		return
	}
	v.over = true
	v.list = slices.Clone(v.list[:min(maxSketch, len(v.list))])
	for i := range v.list {
		v.list[i].text = ""
	}
}

func (v *values) merge(o *values, keep bool) {
	if o.over {
		v.overflow()
	}
	for _, e := range o.list {
		if v.over || !keep {
			e.text = ""
		}
		if i, found := v.find(e.hash); found {
			v.list[i].count = sum32(v.list[i].count, e.count)
		} else {
			v.insert(i, e)
		}
	}
}

// distinct estimates the number of distinct values; it is exact up to maxValues.
func (v *values) distinct() float64 {
	if !v.over || len(v.list) < 2 {
		return float64(len(v.list))
	}
	top := float64(v.list[len(v.list)-1].hash) / math.MaxUint64
	return float64(len(v.list)-1) / top
}

// once counts the values of the sample seen a single time.
func (v *values) once() (n int) {
	for _, e := range v.list {
		if e.count == 1 {
			n++
		}
	}
	return n
}

// rare counts the values of the sample seen once or twice.
func (v *values) rare() (n int) {
	for _, e := range v.list {
		if e.count <= 2 {
			n++
		}
	}
	return n
}

// sum32 adds counters that stop at their largest value.
func sum32(a, b uint32) uint32 {
	if s := a + b; s >= a {
		return s
	}
	return math.MaxUint32
}
