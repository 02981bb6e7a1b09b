package schema

import (
	"math"
	"math/bits"
	"slices"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/rules"
)

const (
	// maxValues is how many distinct values a complete sample holds. A string with more values is
	// not an enum.
	maxValues = 64
	// sketchSize is how many values an overflowed sample keeps to estimate the number of distinct
	// values (k minimum values: Bar-Yossef et al., "Counting Distinct Elements in a Data Stream",
	// 2002).
	sketchSize = 16
)

// sampledValue is one distinct value of a sample.
type sampledValue struct {
	hash    uint64
	text    string // "" unless it may be kept
	count   uint32
	formats format // includes formatsKnown once computed; not encoded

	isSensitive bool // the text must not be kept wherever it stands; not encoded
}

// valueSample counts distinct values: all of them up to maxValues, else the sketchSize values with
// the smallest hashes. A value of the final sample was in the sample since its first occurrence, so
// its count is exact.
type valueSample struct {
	entries      []sampledValue // ascending by hash
	isOverflowed bool           // some values are not in entries
}

// find returns the index of a value, or where it would be inserted.
func (v *valueSample) find(h uint64) (int, bool) {
	n := len(v.entries)
	if n == 0 || h > v.entries[n-1].hash { // the usual case once the sample has overflowed
		return n, false
	}
	i := 0
	if !v.isOverflowed { // hashes are uniform: interpolation search
		g, _ := bits.Mul64(h, uint64(n))
		for i = int(g); i > 0 && v.entries[i-1].hash >= h; i-- {
		}
	}
	for v.entries[i].hash < h {
		i++
	}
	return i, v.entries[i].hash == h
}

// acceptsAt reports whether a new value with index i would stay in the sample.
func (v *valueSample) acceptsAt(i int) bool { return !v.isOverflowed || i < sketchSize }

// add counts n occurrences of the value with this hash.
func (v *valueSample) add(h uint64, n uint32) {
	i, found := v.find(h)
	if found {
		v.entries[i].count = sum32(v.entries[i].count, n)
		return
	}
	v.insert(i, sampledValue{hash: h, count: n})
}

// keepText keeps the text of the value at index i while the sample is complete. A text that is
// hidden where it stands is kept once it stands where it is not, so that the order does not matter.
func (v *valueSample) keepText(i int, t *stringValue) {
	e := &v.entries[i]
	if v.isOverflowed || e.isSensitive {
		return
	}
	if e.isSensitive = redact.IsSensitiveAs(rules.Weak, string(t.bytes)); !e.isSensitive && !t.hides() {
		e.text = string(t.bytes)
	}
}

// insert inserts a new value at index i.
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

// overflow turns a complete sample into a sketch and drops all texts, because the values are not an
// enum.
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

// merge adds the values of o. It keeps their texts if keepText is set and the sample is
// complete.
func (v *valueSample) merge(o *valueSample, keepText bool) {
	if o.isOverflowed {
		v.overflow()
	}
	for _, e := range o.entries {
		if v.isOverflowed || !keepText {
			e.text = ""
		}
		if i, found := v.find(e.hash); found {
			v.entries[i].count = sum32(v.entries[i].count, e.count)
			if !v.isOverflowed && v.entries[i].text == "" {
				v.entries[i].text = e.text
			}
		} else {
			v.insert(i, e)
		}
	}
}

// distinct estimates the number of distinct values. It is exact up to maxValues.
func (v *valueSample) distinct() float64 {
	if !v.isOverflowed || len(v.entries) < 2 {
		return float64(len(v.entries))
	}
	top := float64(v.entries[len(v.entries)-1].hash) / math.MaxUint64
	return float64(len(v.entries)-1) / top
}

// countUpTo returns how many values of the sample occurred at most n times.
func (v *valueSample) countUpTo(n uint32) (count int) {
	for _, e := range v.entries {
		if e.count <= n {
			count++
		}
	}
	return count
}

// sum32 adds counters and saturates at the largest uint32.
func sum32(a, b uint32) uint32 {
	if s := a + b; s >= a {
		return s
	}
	return math.MaxUint32
}

// times32 multiplies counters and saturates like sum32.
func times32(a, b uint32) uint32 { return uint32(min(uint64(a)*uint64(b), math.MaxUint32)) }
