package route

import (
	"maps"
	"slices"

	"github.com/spectap/spectap/infer/english"
	"github.com/spectap/spectap/infer/noun"
)

// maxCheckedFields bounds the properties that are looked up.
const maxCheckedFields = 256

// isInEnglish reports whether the API is written in English: at least three of four of its
// properties (a sample by hash) and of the nouns before its identifiers are.
func (d *decider) isInEnglish() bool {
	n, known := 0, 0
	fields := d.tree.index.fields.entries
	for _, h := range slices.Sorted(maps.Keys(fields))[:min(len(fields), maxCheckedFields)] {
		n++
		known += boolToInt(english.Is(fields[h].name))
	}
	for label := range d.beforeID {
		n++
		known += boolToInt(english.Is(label))
	}
	return 4*known >= 3*n
}

// weighWords counts a segment below a plural noun if it is no English word. Routes are named in
// words; names of things often are not.
func (d *decider) weighWords(parent *level, c *candidate) {
	if !d.isEnglish || !c.ownNode || c.shape != shapeWord && c.shape != shapeMixed || noun.IsPlural(c.decoded) ||
		d.beforeID[c.label] > 0 || parent.isParameter() || !noun.IsPlural(parent.literal) || english.Is(c.decoded) {
		return
	}
	if v := d.tree.index.wordValues.entries[c.hash]; v != nil && v.classes&^classInRequest == classVocabulary {
		return // the name of a type or an engine
	}
	weight := d.weights.NoWord
	if c.isLeaf {
		weight = d.weights.NoWordLeaf
	}
	c.addEvidence("is no English word", weight, 1)
	c.witness = true
}
