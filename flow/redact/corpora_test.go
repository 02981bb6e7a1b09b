package redact_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/har"
)

// TestCorpora redacts real traffic: JSON stays JSON, redacting twice changes nothing, and few values go: real APIs
// answer with addresses, tokens and secrets in one or two values of a hundred, mostly addresses.
func TestCorpora(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/corpora/*/train.har.gz")
	if len(files) == 0 {
		t.Skip("no corpora beside the tree")
	}
	for _, name := range files {
		t.Run(filepath.Base(filepath.Dir(name)), func(t *testing.T) {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			values, gone := 0, 0
			for fl, err := range har.Read(f, har.ReadConfig{}).Flows() {
				if err != nil {
					t.Fatal(err)
				}
				once := red.Flow(fl)
				if a, b := marshal(once), marshal(red.Flow(once)); !bytes.Equal(a, b) {
					t.Errorf("%s: not idempotent", fl.Request.URL())
				}
				before, _, _ := decode.Body(fl.Response.Header, fl.Response.Body, 0)
				after, _, _ := decode.Body(once.Response.Header, once.Response.Body, 0)
				if json.Valid(before) != json.Valid(after) {
					t.Errorf("%s: JSON before %v, after %v", fl.Request.URL(), json.Valid(before), json.Valid(after))
				}
				values += bytes.Count(before, []byte(":")) // about as many as there are
				gone += bytes.Count(after, []byte("[redacted:"))
			}
			if gone*33 > values {
				t.Errorf("%d of about %d values went", gone, values)
			}
			t.Logf("%d of about %d values went", gone, values)
		})
	}
}

func marshal(f flow.Flow) []byte {
	b, _ := json.Marshal(f)
	return b
}
