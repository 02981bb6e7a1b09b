package redact_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/corpus"
)

// TestCorpora redacts recorded traffic: JSON stays JSON, redacting twice changes nothing, and few
// values are redacted. Real APIs return addresses, tokens and secrets in one or two values of a
// hundred, mostly addresses.
func TestCorpora(t *testing.T) {
	for _, name := range corpus.Names(t) {
		t.Run(name, func(t *testing.T) {
			values, gone := 0, 0
			for _, fl := range corpus.Flows(t, name) {
				once := red.Flow(fl)
				if a, b := marshal(once), marshal(red.Flow(once)); !bytes.Equal(a, b) {
					t.Errorf("%s: not idempotent", fl.Request.URL())
				}
				before, _, _ := decode.Body(fl.Response.Header, fl.Response.Body, 0)
				after, _, _ := decode.Body(once.Response.Header, once.Response.Body, 0)
				if json.Valid(before) != json.Valid(after) {
					t.Errorf("%s: JSON before %v, after %v", fl.Request.URL(), json.Valid(before), json.Valid(after))
				}
				values += bytes.Count(before, []byte(":")) // roughly the number of values
				gone += bytes.Count(after, []byte("[redacted:"))
			}
			corpus.Judge(t, "share of redacted values", name, gone*33 <= values, "%d of about %d values went", gone,
				values)
			t.Logf("%d of about %d values went", gone, values)
		})
	}
}

func marshal(f flow.Flow) []byte {
	b, _ := json.Marshal(f)
	return b
}
