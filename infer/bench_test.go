package infer_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/corpustest"
)

// BenchmarkAdd measures the speed of learning relative to a loop over the JSON tokens of the same
// bodies. Both run in turns over batches of flows, and the fastest time of each batch counts, since
// other load can only slow it. Add also reads paths, queries, headers and bodies that are not JSON,
// which the loops do not.
//
// token-loop reads each body with a new jsontext.Decoder over a bytes.Buffer, which it need not
// copy, with the default options: duplicate names and invalid UTF-8 are errors. Infer accepts both;
// so does bare-loop, which uses one decoder for all bodies. encoding-json-loop uses Decoder.Token
// of the standard library. fresh is the speed of a model without facts, which has to allocate them.
func BenchmarkAdd(b *testing.B) {
	b.Run("shop", func(b *testing.B) { benchmarkAdd(b, shop(b)) })
	for _, name := range corpustest.Names(b) {
		b.Run(name, func(b *testing.B) { benchmarkAdd(b, corpustest.Flows(b, name)) })
	}
}

// batchFlows is the number of flows that are timed together: about 100 µs of work.
const batchFlows = 16

func benchmarkAdd(b *testing.B, fs []flow.Flow) {
	b.ReportAllocs()
	var loop, bare, standard, fresh, add fastest
	var decoder jsontext.Decoder
	batches := slices.Collect(slices.Chunk(fs, batchFlows))
	var bodies [][][]byte
	for _, batch := range batches {
		bodies = append(bodies, jsonBodies(batch))
	}
	m := modelOf(fs)
	for b.Loop() {
		empty := infer.New()
		for i, batch := range batches {
			fresh.time(i, func() { learn(empty, batch) })
		}
		for i, batch := range batches {
			add.time(i, func() { learn(m, batch) })
		}
		for i := range batches {
			loop.time(i, func() { tokens(bodies[i]) })
			bare.time(i, func() { bareTokens(&decoder, bodies[i]) })
		}
	}
	for range 5 { // last, since its garbage would slow the others
		for i := range batches {
			standard.time(i, func() { standardTokens(bodies[i]) })
		}
	}
	b.ReportMetric(loop.sum()/add.sum(), "of-token-loop")
	b.ReportMetric(loop.sum()/fresh.sum(), "fresh-of-token-loop")
	b.ReportMetric(bare.sum()/add.sum(), "of-bare-loop")
	b.ReportMetric(standard.sum()/add.sum(), "of-encoding-json-loop")
	b.ReportMetric(add.sum()/float64(len(fs)), "ns/flow")
}

func learn(m *infer.Model, fs []flow.Flow) {
	for i := range fs {
		m.Add(&fs[i])
	}
}

// fastest holds the shortest time of each batch.
type fastest []time.Duration

func (f *fastest) time(batch int, work func()) {
	start := time.Now()
	work()
	d := time.Since(start)
	if batch == len(*f) {
		*f = append(*f, d)
	}
	(*f)[batch] = min((*f)[batch], d)
}

// sum returns the sum over all batches, in nanoseconds.
func (f fastest) sum() (ns float64) {
	for _, d := range f {
		ns += float64(d)
	}
	return ns
}

// jsonBodies returns the bodies that are valid JSON.
func jsonBodies(fs []flow.Flow) (out [][]byte) {
	for i := range fs {
		for _, body := range [][]byte{fs[i].Request.Body.Data, fs[i].Response.Body.Data} {
			if jsontext.Value(body).IsValid() {
				out = append(out, body)
			}
		}
	}
	return out
}

// tokens reads bodies token by token.
func tokens(bodies [][]byte) {
	for _, body := range bodies {
		for d := jsontext.NewDecoder(bytes.NewBuffer(body)); ; {
			if _, err := d.ReadToken(); err != nil {
				break
			}
		}
	}
}

// standardTokens is tokens with the standard library.
func standardTokens(bodies [][]byte) {
	for _, body := range bodies {
		for d := json.NewDecoder(bytes.NewReader(body)); ; {
			if _, err := d.Token(); err != nil {
				break
			}
		}
	}
}

// bareTokens is tokens with the checks that infer makes, and one decoder for all bodies.
func bareTokens(d *jsontext.Decoder, bodies [][]byte) {
	for _, body := range bodies {
		d.Reset(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		for {
			if _, err := d.ReadToken(); err != nil {
				break
			}
		}
	}
}
