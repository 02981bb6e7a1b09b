package infer

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// maxBatch bounds the calls of one batch that are taken apart; a longer one is described as the list that it is.
const maxBatch = 1000

// batch is a request with several calls. Each call counts for its own operation; the batch is an operation, too,
// whose list is of what those operations take.
type batch struct {
	calls []flow.Flow // each as if it had been sent alone
	// asked and answered say that every element of the list is one of calls: the request's, the answer's.
	asked, answered bool
	member          bool // the flow is one of calls
}

// batchOf takes a batch apart; a body that is cut, malformed or too long gives no calls.
func batchOf(f *flow.Flow, kind string) batch {
	var b batch
	asks := elements(f.Request.Header, f.Request.Body)
	if len(asks) == 0 {
		return b
	}
	b.asked = true
	answers := elements(f.Response.Header, f.Response.Body)
	var order []int // of the answer to each call, -1 where there is none
	if kind == kindJSONRPCBatch {
		order, b.answered = matchIDs(asks, answers)
	} else {
		order, b.answered = matchOrder(asks, answers)
	}
	for i, ask := range asks {
		c := *f
		r := *f.Response
		c.Response = &r
		c.Request.Header, c.Request.Body = messageOf(f.Request.Header, ask)
		r.Header, r.Body = messageOf(r.Header, nil)
		if b.answered && order[i] >= 0 {
			r.Header, r.Body = messageOf(f.Response.Header, answers[order[i]])
		}
		b.calls = append(b.calls, c)
	}
	return b
}

// elements are those of the list that a body is, nil when it is none or cannot be read whole.
func elements(h flow.Header, body flow.Body) (out []jsontext.Value) {
	data, complete, err := decode.Body(h, body, maxDecoded)
	if err != nil || !complete || firstByte(data) != '[' || !decode.IsJSON(h.MediaType()) {
		return nil
	}
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if _, err := d.ReadToken(); err != nil {
		return nil
	}
	for d.PeekKind() == '{' && len(out) < maxBatch {
		v, err := d.ReadValue()
		if err != nil {
			return nil
		}
		out = append(out, v.Clone())
	}
	if t, err := d.ReadToken(); err != nil || t.Kind() != ']' {
		return nil
	}
	return out
}

// messageOf is the header and body of a message whose content is a part of another's, decoded.
func messageOf(h flow.Header, data []byte) (flow.Header, flow.Body) {
	out := make(flow.Header, 0, len(h))
	for _, f := range h {
		switch {
		case strings.EqualFold(f.Name, "Content-Encoding"):
			continue
		case strings.EqualFold(f.Name, "Content-Type"):
			f.Value = h.MediaType() // without a charset: it is undone
		}
		out = append(out, f)
	}
	return out, flow.Body{Data: data, Size: int64(len(data))}
}

// matchOrder matches answers that stand in the order of the calls, as those of GraphQL do.
func matchOrder(asks, answers []jsontext.Value) ([]int, bool) {
	order := make([]int, len(asks))
	for i := range order {
		order[i] = i
	}
	return order, len(asks) == len(answers)
}

// matchIDs matches answers by id, in any order; a call without one is a notification and has none (JSON-RPC 2.0,
// section 6).
func matchIDs(asks, answers []jsontext.Value) ([]int, bool) {
	at := map[string]int{}
	for i, a := range answers {
		id := idOf(a)
		if _, twice := at[id]; twice || id == "" || id == "null" {
			return nil, false // an answer to what could not be read
		}
		at[id] = i
	}
	order := make([]int, len(asks))
	found := 0
	for i, a := range asks {
		order[i] = -1
		if k, ok := at[idOf(a)]; ok && !slices.Contains(order[:i], k) {
			order[i] = k
			found++
		}
	}
	return order, found == len(answers) && found > 0
}

// idOf is the text of an object's member id, "" when it has none.
func idOf(v jsontext.Value) string {
	d := jsontext.NewDecoder(bytes.NewReader(v))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return ""
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return ""
		}
		key := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return ""
		}
		if key == "id" {
			return string(value)
		}
	}
	return ""
}

// learnBatch folds the calls of a batch, each into its operation, then the batch itself.
func (l *learner) learnBatch(h *host, m *methodFacts, v Variant, f *flow.Flow, location string) (hasBody bool) {
	b := batchOf(f, v.Kind)
	for i := range b.calls {
		c := &b.calls[i]
		l.begin(h, c, batch{member: true})
		own := VariantOf(c)
		m.at(own, func(facts *methodFacts) {
			l.fold(facts, c, location)
			facts.learnText(own, c)
			facts.batched++
		})
	}
	l.begin(h, f, b)
	m.at(v, func(facts *methodFacts) {
		for i := range b.calls {
			tally(facts.members, VariantOf(&b.calls[i]).Fragment())
		}
		hasBody = l.fold(facts, f, location)
	})
	return hasBody
}

// at lets update change the facts of a variant, or those of the URL when there is none.
func (m *methodFacts) at(v Variant, update func(*methodFacts)) {
	if v.Name == "" {
		update(m)
		return
	}
	m.variants.fold(v.Kind+" "+v.Name, newVariant, func(sub *variantFacts) { update(sub.m) })
}
