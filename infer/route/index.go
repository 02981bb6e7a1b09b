package route

import (
	"cmp"
	"slices"

	"github.com/spectap/spectap/infer/bottomk"
)

// index records in which fields values occurred, over all bodies. Words and identifiers have
// separate samples, so that many identifiers do not displace the few words.
type index struct {
	wordValues, idValues adaptiveSample[*valueFacts]
	fields               adaptiveSample[*fieldFacts]
	propertyNames        adaptiveSample[struct{}] // hashes of lower-case property names

	fieldCache map[fieldKey]*fieldFacts // recently used fields; not a fact
}

// valueFacts holds the facts about one value.
type valueFacts struct {
	classes    fieldClass
	fieldRanks []uint64      // ranks of the fields that hold it, ascending
	producers  []producerRef // operations with it at the top level of their responses, ascending
}

// producerRef refers to a top-level property of an operation's responses.
type producerRef struct {
	op    uint64 // hash of the path's labels and of the method
	field uint64 // rank of the field
}

// compare orders producers by hash.
func (s producerRef) compare(o producerRef) int {
	return cmp.Or(cmp.Compare(bottomk.Pair(s.op, s.field), bottomk.Pair(o.op, o.field)), cmp.Compare(s.op, o.op),
		cmp.Compare(s.field, o.field))
}

// fieldFacts holds the facts about one field.
type fieldFacts struct {
	name           string // qualified name
	class          fieldClass
	values         int64
	idLike         int64 // values that look like identifiers
	distinctValues hyperLogLog

	plural uint64 // hash of the name in the plural; see isOneOf; not a fact
}

const (
	maxWordValues        = 16384
	maxIDValues          = 8192
	maxFieldFacts        = 4096
	maxPropertyNames     = 8192
	maxLinkPaths         = 16384
	maxFieldsPerValue    = 6
	maxProducersPerValue = 4
)

func newIndex() index {
	return index{wordValues: newAdaptiveSample[*valueFacts](maxWordValues),
		idValues:      newAdaptiveSample[*valueFacts](maxIDValues),
		fields:        newAdaptiveSample[*fieldFacts](maxFieldFacts),
		propertyNames: newAdaptiveSample[struct{}](maxPropertyNames)}
}

// lowerHash hashes a key in lower case (ASCII only).
func lowerHash(s string) uint64 {
	var buf [64]byte
	b := append(buf[:0], s...)
	for i, c := range b {
		if isUpper(c) {
			b[i] = c | 0x20
		}
	}
	return bottomk.Hash(b)
}

// addValue records that a value occurred in a field and, unless op is 0, at the top level of a
// response of that operation.
func (x *index) addValue(h uint64, strong bool, p *Property, extra fieldClass, op uint64) {
	s := &x.wordValues
	if strong {
		s = &x.idValues
	}
	if !s.covers(h) {
		return
	}
	v := s.entries[h]
	if v == nil {
		v = &valueFacts{}
		s.put(h, v)
	}
	v.classes |= p.facts.class | extra
	v.addFieldRank(p.rank)
	if op != 0 {
		v.addProducer(producerRef{op, p.rank})
	}
}

// addProducer records a producer.
func (v *valueFacts) addProducer(s producerRef) {
	v.producers = insertLowest(v.producers, s, maxProducersPerValue, producerRef.compare)
}

// insertLowest adds x to an ascending list of distinct values. It keeps the lowest ones, up to a
// limit.
func insertLowest[T any](list []T, x T, limit int, compare func(T, T) int) []T {
	i, ok := slices.BinarySearchFunc(list, x, compare)
	if ok || i >= limit {
		return list
	}
	return slices.Insert(list[:min(len(list), limit-1)], i, x)
}

// addFieldRank records a field.
func (v *valueFacts) addFieldRank(rank uint64) {
	v.fieldRanks = insertLowest(v.fieldRanks, rank, maxFieldsPerValue, cmp.Compare[uint64])
}

// merge adds the facts of o, which it does not change.
func (x *index) merge(o *index) {
	mergeValues(&x.wordValues, &o.wordValues)
	mergeValues(&x.idValues, &o.idValues)
	x.fields.raiseZeroBits(o.fields.zeroBits)
	for h, f := range o.fields.entries {
		mine := x.fields.entries[h]
		if mine == nil {
			mine = &fieldFacts{name: f.name, class: f.class}
			x.fields.put(h, mine)
		}
		mine.values += f.values
		mine.idLike += f.idLike
		mine.distinctValues.merge(&f.distinctValues)
	}
	mergeSamples(&x.propertyNames, &o.propertyNames)
}

// mergeValues adds the values of o to x.
func mergeValues(x, o *adaptiveSample[*valueFacts]) {
	x.raiseZeroBits(o.zeroBits)
	for h, v := range o.entries {
		if !x.covers(h) {
			continue
		}
		mine := x.entries[h]
		if mine == nil {
			x.entries[h] = &valueFacts{v.classes, slices.Clone(v.fieldRanks), slices.Clone(v.producers)}
			continue
		}
		mine.classes |= v.classes
		for _, f := range v.fieldRanks {
			mine.addFieldRank(f)
		}
		for _, s := range v.producers {
			mine.addProducer(s)
		}
	}
	x.trim()
}

// mergeSamples adds the entries of o to x. Entries with equal keys must be equal.
func mergeSamples[V any](x, o *adaptiveSample[V]) {
	x.raiseZeroBits(o.zeroBits)
	for h, v := range o.entries {
		x.put(h, v)
	}
}
