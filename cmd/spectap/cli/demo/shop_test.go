package demo

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/internal/test/sample"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/store"
)

var update = flag.Bool("update", false, "record the shop anew")

// TestRecording compares the kept recording with the traffic of the sample API, which a proxy records.
// With -update it keeps that traffic.
func TestRecording(t *testing.T) {
	s := run{p: &cli.Program{Stderr: visible.NewWriter(t.Output())}, dir: t.TempDir()}
	s.p.Global.LogLevel, s.p.Global.LogFormat = "error", "text"
	must.Do(t, s.openTap())
	api := must.Get(sample.Serve(sample.New(), s.file("ca")))
	defer api.Close()
	client := sample.NewClient(s.tap.Listener.Addr().String(), s.tap.CA.CertPEM())
	must.Do(t, sample.Drive(t.Context(), client, api.URL))
	client.CloseIdleConnections()
	must.Get(s.tap.Stop())

	st := must.Get(store.Open(s.file("flows.db"), store.Options{ReadOnly: true}))
	defer st.Close()
	var kept bytes.Buffer
	z := gzip.NewWriter(&kept)
	w := har.NewWriter(z, har.WriteConfig{Version: "1"})
	var now []string
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	for f, err := range st.Scan(t.Context(), store.Query{}) {
		must.Do(t, err)
		// A mock knows neither whose an order is nor which orders are shipped.
		if f.Response.Status == 403 || f.Response.Status == 409 && strings.Contains(f.Request.Path, "/orders/") {
			continue
		}
		if f.Response.Status == 201 {
			at = at.Add(time.Minute) // like the clock of the API
		}
		// These differ from run to run.
		f.Started, f.Took, f.Request.Authority = at, 5*time.Millisecond, "api.shop.example"
		f.Request.Header = without(f.Request.Header, "Host")
		f.Response.Header = without(f.Response.Header, "Date")
		must.Do(t, w.Write(f))
		now = append(now, line(f))
	}
	must.Do(t, w.Close())
	must.Do(t, z.Close())
	if *update {
		must.Do(t, os.WriteFile("shop.har.gz", kept.Bytes(), 0o644))
		recorded = kept.Bytes()
	}
	var before []string
	for f, err := range har.Read(bytes.NewReader(recorded), har.ReadConfig{}).Flows() {
		must.Do(t, err)
		before = append(before, line(f))
	}
	if !slices.Equal(now, before) {
		t.Error("the sample API does not answer as it was recorded: go test ./cmd/spectap/cli/demo -run Recording -update")
	}
}

func without(h flow.Header, name string) flow.Header {
	return slices.DeleteFunc(h, func(f flow.Field) bool { return strings.EqualFold(f.Name, name) })
}

func line(f flow.Flow) string {
	return fmt.Sprint(f.Request.Method, f.Request.Path, f.Request.RawQuery, f.Response.Status, string(f.Request.Body.Data), string(f.Response.Body.Data))
}
