package schema

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/spectap/spectap/internal/corpustest"
)

// TestRecordedTraffic checks the laws on recorded traffic: order and partition do not change the
// result, and every body is valid under its schema.
func TestRecordedTraffic(t *testing.T) {
	for _, name := range corpustest.Names(t) {
		t.Run(name, func(t *testing.T) {
			vendor := loadVendor(t, corpustest.Path(t, name, corpustest.Document))
			entries := loadHAR(t, corpustest.Path(t, name, corpustest.Traffic))
			c := collect(vendor, entries)
			bodies := c.bodies()
			d := Decide(bodies, Policy{})
			want := c.document(bodies, d)
			for seed := range uint64(3) {
				shuffled := make([]harEntry, len(entries))
				rng := rand.New(rand.NewPCG(seed, 7))
				for i, j := range rng.Perm(len(entries)) {
					shuffled[i] = entries[j]
				}
				half := rng.IntN(len(entries))
				a, b := collect(vendor, shuffled[:half]), collect(vendor, shuffled[half:])
				a.merge(b)
				ps := a.bodies()
				if !bytes.Equal(want, a.document(ps, Decide(ps, Policy{}))) {
					t.Errorf("seed %d: the document differs", seed)
				}
			}
			c.checkBodies(t, vendor, entries, bodies, d)
		})
	}
}

// merge adds the bodies of another collection.
func (c *collected) merge(o *collected) {
	for key, p := range o.byKey {
		if q := c.byKey[key]; q != nil {
			q.Facts.Merge(p.Facts)
			continue
		}
		c.byKey[key], c.origins[key] = p, o.origins[key]
	}
	for id, op := range o.ops {
		c.ops[id] = op
		if c.query[id] == nil {
			c.query[id] = map[string]*ParameterFacts{}
		}
		for name, l := range o.query[id] {
			if c.query[id][name] == nil {
				c.query[id][name] = NewParameterFacts(name)
			}
			c.query[id][name].Merge(l)
		}
	}
}

// checkBodies checks every JSON body against its schema.
func (c *collected) checkBodies(t *testing.T, vendor *vendorDoc, entries []harEntry, bodies []Body, d Decision) {
	at := map[string]*Schema{}
	for i, p := range bodies {
		at[p.Key] = d.Schemas[i]
	}
	checked := 0
	for _, e := range entries {
		one := collect(vendor, []harEntry{e})
		for key, p := range one.byKey {
			if p.Form || p.Facts.exchanges == 0 {
				continue
			}
			body := e.body(e.Response.Content.Text, e.Response.Content.Encoding)
			if p.Role == Request {
				body = e.body(e.Request.PostData.Text,
					firstOf(e.Request.PostData.Encoding, e.Request.PostData.EncodingX))
			}
			checked++
			if why := invalid(d, at[key], body); why != "" {
				t.Errorf("%s: %s", key, why)
			}
		}
	}
	t.Logf("%d bodies checked", checked)
}
