package control

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/storetest"
)

// FuzzServer sends arbitrary bytes to a server, which must neither panic nor hang.
func FuzzServer(f *testing.F) {
	message := func(op request, more ...any) []byte {
		var b bytes.Buffer
		b.WriteString(greeting)
		c := newWire(&b)
		c.json(frameRequest, op)
		for _, m := range more {
			switch m := m.(type) {
			case flow.Flow:
				c.flow(&m)
			case byte:
				c.frame(m, nil)
			case string:
				c.data([]byte(m))
			}
		}
		c.w.Flush()
		return b.Bytes()
	}
	x := flow.Flow{Done: true, Request: flow.Request{Method: "GET"}}
	for _, op := range []string{opGet, opScan, opWatch, opStat, opSnapshot, opLoss, opDelete, opLoad, opSecret,
		opVerify, opStatus} {
		f.Add(message(request{Op: op, Seq: 1, Name: "m"}))
	}
	f.Add(message(request{Op: opAppend}, x, x, byte(frameEnd)))
	f.Add(message(request{Op: opSave, Name: "m"}, "data", byte(frameEnd)))
	f.Add(message(request{Op: opImport, Name: "s"}, x, byte(frameEnd), x, byte(frameEnd), byte(frameCommit)))
	f.Add(message(request{Op: opImport}, x, byte(frameAbort)))
	f.Add([]byte(greeting + "q\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		m := storetest.NewMemory()
		must(m.Append(t.Context(), flow.Flow{Done: true}))
		s := &Server{cfg: Config{Store: m, Logger: slog.New(slog.DiscardHandler)}, conns: map[net.Conn]bool{}}
		client, server := net.Pipe()
		go io.Copy(io.Discard, client)
		go func() {
			client.Write(in)
			client.Close()
		}()
		s.serve(context.Background(), server)
		s.wg.Wait()
	})
}

// FuzzClient sends arbitrary bytes to a client, which must neither panic nor hang.
func FuzzClient(f *testing.F) {
	var b bytes.Buffer
	c := newWire(&b)
	x := flow.Flow{Done: true}
	c.flow(&x)
	c.json(frameResult, result{Seq: 1})
	f.Add(b.Bytes())
	b.Reset()
	c.data([]byte("some"))
	c.json(frameError, failure{Code: "not-found", Text: "x"})
	f.Add(b.Bytes())
	f.Add([]byte("f\x00\x00\x00\x05abc"))
	f.Fuzz(func(t *testing.T, in []byte) {
		client := &Client{ctx: context.Background()}
		x := func() *call {
			return &call{wire: newWire(struct {
				io.Reader
				io.Writer
			}{bytes.NewReader(in), io.Discard}), client: client, ctx: context.Background()}
		}
		var r json.RawMessage
		x().explain(x().result(&r))
		x().explain(x().collect(io.Discard, &result{}))
		for y := x(); ; {
			kind, b, err := y.next()
			if err != nil {
				break
			}
			if kind == frameFlow {
				new(flow.Flow).UnmarshalBinary(b)
			}
		}
	})
}
