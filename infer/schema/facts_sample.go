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
	sketchSize = 16
)

// A value is one distinct value of a sample.
type sampledValue struct {
	hash    uint64
	text    string // "" unless it may be kept
	count   uint32
	formats format // its formats with shapeKnown, once worked out; not encoded
}

// values counts distinct values: all of them up to maxValues, else the maxSketch with the smallest hashes. A
// value of the final sample was in the sample ever since it was first seen, so its count is exact.
type valueSample struct {
	entries      []sampledValue // ascending by hash
	isOverflowed bool           // there were more than the list holds
}

// find returns where a value is or would be.
func (v *valueSample) find(h uint64) (int, bool) {
	n := len(v.entries)
	if n == 0 || h > v.entries[n-1].hash { // mostly, where there were more than the list holds
		return n, false
	}
	i := 0
	if !v.isOverflowed { // hashes are spread evenly
		g, _ := bits.Mul64(h, uint64(n))
		for i = int(g); i > 0 && v.entries[i-1].hash >= h; i-- {
		}
	}
	for v.entries[i].hash < h {
		i++
	}
	return i, v.entries[i].hash == h
}

// keeps says that a new value that would be at i is kept.
func (v *valueSample) acceptsAt(i int) bool { return !v.isOverflowed || i < sketchSize }

// add counts n occurrences of the value with this hash; text is kept while the sample is whole.
func (v *valueSample) add(h uint64, n uint32, text []byte) {
	i, found := v.find(h)
	if found {
		v.entries[i].count = sum32(v.entries[i].count, n)
		return
	}
	t := ""
	if !v.isOverflowed && len(v.entries) < maxValues && len(text) > 0 && !redact.Weak.Sensitive(string(text)) {
		t = string(text)
	}
	v.insert(i, sampledValue{hash: h, count: n, text: t})
}

// insert puts a new value at i.
func (v *valueSample) insert(i int, e sampledValue) {
	if !v.isOverflowed && len(v.entries) == maxValues {
		v.overflow()
	}
	if v.isOverflowed {
		if !v.acceptsAt(i) {
			return
		}
		e.text = ""
		if len(v.entries) == sketchSize {
			v.entries = v.entries[:sketchSize-1]
		}
	}
	v.entries = slices.Insert(v.entries, i, e)
}

// overflow makes a sketch of the sample; what is no enum needs no texts.
func (v *valueSample) overflow() {
	if v.isOverflowed {
		return
	}
	v.isOverflowed = true
	v.entries = slices.Clone(v.entries[:min(sketchSize, len(v.entries))])
	for i := range v.entries {
		v.entries[i].text = ""
	}
}

func (v *valueSample) merge(o *valueSample, keep bool) {
	if o.isOverflowed {
		v.overflow()
	}
	for _, e := range o.entries {
		if v.isOverflowed || !keep {
			e.text = ""
		}
		if i, found := v.find(e.hash); found {
			v.entries[i].count = sum32(v.entries[i].count, e.count)
		} else {
			v.insert(i, e)
		}
	}
}

// distinct estimates the number of distinct values; it is exact up to maxValues.
func (v *valueSample) distinct() float64 {
	if !v.isOverflowed || len(v.entries) < 2 {
		return float64(len(v.entries))
	}
	top := float64(v.entries[len(v.entries)-1].hash) / math.MaxUint64
	return float64(len(v.entries)-1) / top
}

// once counts the values of the sample seen a single time.
func (v *valueSample) countSeenOnce() (n int) {
	for _, e := range v.entries {
		if e.count == 1 {
			n++
		}
	}
	return n
}

// rare counts the values of the sample seen once or twice.
func (v *valueSample) countRare() (n int) {
	for _, e := range v.entries {
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
