package infer

import (
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/bottomk"
)

// learnBatch adds each call of a batch to the facts of its operation, then the batch itself to
// those of the batch operation.
func (l *learner) learnBatch(h *host, m *methodFacts, v call.Variant, f *flow.Flow, location string) (hasBody bool) {
	b := call.SplitBatch(f, v.Kind)
	for i := range b.Calls {
		c := &b.Calls[i]
		l.begin(h, c, call.Batch{}, true)
		own := call.VariantOf(c)
		m.at(own, func(facts *methodFacts) {
			l.learnExchange(facts, c, location)
			facts.learnDocument(own, c)
			facts.batched++
		})
	}
	l.begin(h, f, b, false)
	m.at(v, func(facts *methodFacts) {
		for i := range b.Calls {
			bottomk.Tally(facts.members, call.VariantOf(&b.Calls[i]).Fragment())
		}
		hasBody = l.learnExchange(facts, f, location)
	})
	return hasBody
}

// at calls update with the facts of a variant, or with m for the zero variant.
func (m *methodFacts) at(v call.Variant, update func(*methodFacts)) {
	if v.Name == "" {
		update(m)
		return
	}
	m.variants.Update(v.Kind+" "+v.Name, nil, func(sub *variantFacts) { update(sub.m) })
}
