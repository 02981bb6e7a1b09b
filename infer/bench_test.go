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
	"github.com/spectap/spectap/internal/corpus"
)

// BenchmarkAdd gives the speed of learning as a share of that of a token loop over the same bodies, taken in turns in
// small pieces, of each piece the fastest time, as a busy machine only ever slows. Add also reads what the loop does
// not: paths, queries and headers; and bodies that are no JSON.
//
// The loop reads JSON token by token with a jsontext.Decoder for each body, over a bytes.Buffer, which it need not copy,
// and with the options that it has by itself: duplicate names and bad UTF-8 are errors. Infer takes both as they come:
// bare-loop does so as well, with one decoder for all. encoding-json-loop is that of the standard library's
// Decoder.Token. A model that knows nothing has facts to make for each new place: that is fresh.
func BenchmarkAdd(b *testing.B) {
	b.Run("shop", func(b *testing.B) { benchmarkAdd(b, shop(b)) })
	for _, name := range corpus.Names(b) {
		b.Run(name, func(b *testing.B) { benchmarkAdd(b, corpus.Flows(b, name)) })
	}
}

// pieceFlows is how many flows are timed at once: some 100 µs of work.
const pieceFlows = 16

func benchmarkAdd(b *testing.B, fs []flow.Flow) {
	b.ReportAllocs()
	var loop, bare, standard, fresh, add fastest
	var again jsontext.Decoder
	pieces := slices.Collect(slices.Chunk(fs, pieceFlows))
	var bodies [][][]byte
	for _, piece := range pieces {
		bodies = append(bodies, jsonBodies(piece))
	}
	m := learnt(fs)
	for b.Loop() {
		unknown := infer.New()
		for i, piece := range pieces {
			fresh.time(i, func() { learn(unknown, piece) })
		}
		for i, piece := range pieces {
			add.time(i, func() { learn(m, piece) })
		}
		for i := range pieces {
			loop.time(i, func() { tokens(bodies[i]) })
			bare.time(i, func() { bareTokens(&again, bodies[i]) })
		}
	}
	for range 5 { // by itself: its garbage would slow the others
		for i := range pieces {
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

// fastest holds, for each piece of some work, the shortest of its times.
type fastest []time.Duration

func (f *fastest) time(piece int, work func()) {
	start := time.Now()
	work()
	d := time.Since(start)
	if piece == len(*f) {
		*f = append(*f, d)
	}
	(*f)[piece] = min((*f)[piece], d)
}

// sum is that of all pieces, in nanoseconds.
func (f fastest) sum() (ns float64) {
	for _, d := range f {
		ns += float64(d)
	}
	return ns
}

// jsonBodies are the bodies that a token loop can read.
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

// standardTokens does so with the standard library.
func standardTokens(bodies [][]byte) {
	for _, body := range bodies {
		for d := json.NewDecoder(bytes.NewReader(body)); ; {
			if _, err := d.Token(); err != nil {
				break
			}
		}
	}
}

// bareTokens does so with the checks that infer makes.
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
