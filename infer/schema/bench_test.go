package schema

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/corpustest"
)

// benchBody is a body and the key of its facts.
type benchBody struct {
	body []byte
	key  string
}

// benchBodies returns JSON bodies like those of a web API: generated, or from a recorded corpus.
func benchBodies(b *testing.B, name string) []benchBody {
	var out []benchBody
	if name != "" {
		vendor := loadVendor(b, corpustest.Path(b, name, corpustest.Document))
		for _, e := range loadHAR(b, corpustest.Path(b, name, corpustest.Traffic)) {
			body := e.body(e.Response.Content.Text, e.Response.Content.Encoding)
			u, err := url.Parse(e.Request.URL)
			if err != nil || (&Facts{}).AddJSON(body, true, nil) != nil {
				continue
			}
			if op := vendor.match(e.Request.Method, u); op != nil {
				out = append(out, benchBody{body, fmt.Sprint(op.method, op.path, e.Response.Status)})
			}
		}
		return out
	}
	for i := range 50 {
		var s strings.Builder
		s.WriteString(`{"total":20,"items":[`)
		for j := range 20 {
			if j > 0 {
				s.WriteByte(',')
			}
			n := i*20 + j
			fmt.Fprintf(&s, `{"id":%d,"node_id":"MDU6SXNzdWU%d","url":"https://api.example.com/repos/octo/hello/issues/%d","title":"Found a bug in the %d. thing","state":"%s","user":{"login":"octo%d","id":%d,"type":"User","site_admin":false,"avatar_url":"https://example.com/images/%d.png"},"labels":[{"name":"bug","color":"f29513","default":true}],"created_at":"2024-03-%02dT12:13:14Z","score":%d.5,"closed_at":null}`,
				n, n*77, n, n, []string{"open", "closed"}[n%2], n%9, n%9, n%9, 1+n%28, n)
		}
		s.WriteString(`]}`)
		out = append(out, benchBody{[]byte(s.String()), "made"})
	}
	return out
}

func benchSize(bodies []benchBody) (n int64) {
	for _, b := range bodies {
		n += int64(len(b.body))
	}
	return n
}

// BenchmarkAddJSON reports the speed of AddJSON relative to a bare loop over the same tokens. The
// two alternate, so that a busy machine slows both.
func BenchmarkAddJSON(b *testing.B) {
	for _, name := range []string{"", "github", "stripe_ids", "kubernetes"} {
		bodies := benchBodies(b, name)
		if name == "" {
			name = "made"
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(benchSize(bodies))
			b.ReportAllocs()
			facts := map[string]*Facts{}
			var bare, ours time.Duration
			for b.Loop() {
				start := time.Now()
				for _, body := range bodies {
					readTokens(b, body.body)
				}
				middle := time.Now()
				for _, body := range bodies {
					f := facts[body.key]
					if f == nil {
						f = &Facts{}
						facts[body.key] = f
					}
					if err := f.AddJSON(body.body, true, nil); err != nil {
						b.Fatal(err)
					}
				}
				bare += middle.Sub(start)
				ours += time.Since(middle)
			}
			b.ReportMetric(float64(bare)/float64(ours), "of-token-loop")
		})
	}
}

func readTokens(b *testing.B, data []byte) {
	d := jsontext.NewDecoder(bytes.NewBuffer(data))
	for {
		if _, err := d.ReadToken(); err == io.EOF {
			return
		} else if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecide decides all bodies of a recorded API.
func BenchmarkDecide(b *testing.B) {
	for _, name := range []string{"github", "stripe_ids", "kubernetes"} {
		vendor := loadVendor(b, corpustest.Path(b, name, corpustest.Document))
		bodies := collect(vendor, loadHAR(b, corpustest.Path(b, name, corpustest.Traffic))).bodies()
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Decide(bodies, Policy{})
			}
			b.ReportMetric(float64(len(bodies)), "positions")
		})
	}
}
