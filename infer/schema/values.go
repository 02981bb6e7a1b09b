package schema

import (
	"math"
	"slices"
)

// maxValues is how many distinct values a sample holds. A field with more is no enum, and the sample then
// serves as a sketch of how many there are (k minimum values).
const maxValues = 64

// A value is one distinct value of a sample.
type value struct {
	hash  uint64
	count uint32
	text  string // "" unless it may be kept
	shape format // its formats with shapeKnown, once worked out; not encoded
}

// values counts distinct values: all of them up to maxValues, else those with the smallest hashes. A value
// of the final sample was in the sample ever since it was first seen, so its count is exact.
type values struct {
	list []value // ascending by hash
	over bool    // there were more than the list holds
}

// find returns where a value is or would be.
func (v *values) find(h uint64) (int, bool) {
	i, j := 0, len(v.list)
	for i < j {
		m := int(uint(i+j) >> 1)
		if v.list[m].hash < h {
			i = m + 1
		} else {
			j = m
		}
	}
	return i, i < len(v.list) && v.list[i].hash == h
}

// full says that a value of this hash is beyond the sample.
func (v *values) full(h uint64) bool {
	return len(v.list) == maxValues && h > v.list[maxValues-1].hash
}

// add counts n occurrences of the value with this hash; text is kept while the sample is whole.
func (v *values) add(h uint64, n uint32, text []byte) {
	if v.full(h) {
		v.overflow()
		return
	}
	i, found := v.find(h)
	if found {
		v.list[i].count = sum32(v.list[i].count, n)
		return
	}
	t := ""
	if !v.over && len(text) > 0 {
		t = string(text)
	}
	v.insert(i, value{hash: h, count: n, text: t})
}

func (v *values) insert(i int, e value) {
	if len(v.list) == maxValues {
		v.list = v.list[:maxValues-1]
		v.overflow()
		e.text = ""
	}
	v.list = slices.Insert(v.list, i, e)
}

// overflow marks the sample as one; what was no enum needs no texts.
func (v *values) overflow() {
	if v.over {
		return
	}
	v.over = true
	for i := range v.list {
		v.list[i].text = ""
	}
}

func (v *values) merge(o *values, keep bool) {
	if o.over {
		v.overflow()
	}
	for _, e := range o.list {
		if v.full(e.hash) {
			v.overflow()
			continue
		}
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

// sum32 adds counters that stop at their largest value.
func sum32(a, b uint32) uint32 {
	if s := a + b; s >= a {
		return s
	}
	return math.MaxUint32
}
