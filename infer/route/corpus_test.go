package route

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/internal/test/must"
)

type harBody struct {
	Text      string `json:"text"`
	MimeType  string `json:"mimeType"`
	Encoding  string `json:"encoding"`
	EncodingX string `json:"_encoding"`
}

func (b *harBody) bytes() []byte {
	if b == nil {
		return nil
	}
	if b.Encoding == "base64" || b.EncodingX == "base64" {
		d, _ := base64.StdEncoding.DecodeString(b.Text)
		return d
	}
	return []byte(b.Text)
}

// readExchanges reads a HAR file as the caller of this package would.
func readExchanges(t testing.TB, name string) []*Exchange {
	var har struct {
		Log struct {
			Entries []struct {
				Request struct {
					Method, URL string
					PostData    *harBody
				}
				Response struct {
					Status  int
					Headers []struct{ Name, Value string }
					Content harBody
				}
			}
		}
	}
	must.Do(t, json.NewDecoder(corpustest.Open(t, name, corpustest.Traffic)).Decode(&har))
	var out []*Exchange
	for _, e := range har.Log.Entries {
		u, err := url.Parse(e.Request.URL)
		if err != nil {
			continue
		}
		x := &Exchange{Method: strings.ToUpper(e.Request.Method), Path: u.EscapedPath(), Status: e.Response.Status}
		for _, h := range e.Response.Headers {
			if strings.EqualFold(h.Name, "Location") {
				x.Location = h.Value
			}
		}
		body := e.Response.Content.bytes()
		x.HasBody = len(body) > 0
		var v any
		if d := json.NewDecoder(bytes.NewReader(body)); len(body) > 0 {
			d.UseNumber()
			if d.Decode(&v) == nil {
				x.List = isList(v)
				x.Scalars = scalars(v, "", "", 0, x.Scalars, &x.Keys)
			}
		}
		v = nil
		if b := e.Request.PostData.bytes(); len(b) > 0 {
			d := json.NewDecoder(bytes.NewReader(b))
			d.UseNumber()
			if d.Decode(&v) == nil {
				x.Request = scalars(v, "", "", 0, nil, &x.Keys)
			} else if q, err := url.ParseQuery(string(b)); err == nil &&
				strings.Contains(e.Request.PostData.MimeType, "urlencoded") {
				for _, k := range slices.Sorted(keysOf(q)) {
					for _, s := range q[k] {
						x.Request = append(x.Request, Scalar{Field: lastName(k), Text: s})
					}
				}
			}
		}
		out = append(out, x)
	}
	return out
}

func lastName(k string) string {
	k = strings.TrimSuffix(strings.TrimSuffix(k, "[]"), "]")
	if i := strings.LastIndexByte(k, '['); i >= 0 {
		k = k[i+1:]
	}
	return k
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// isList reports whether a body is a list, or an object with a list as data, items or results.
func isList(v any) bool {
	switch v := v.(type) {
	case []any:
		return true
	case map[string]any:
		for k, x := range v {
			if a, ok := x.([]any); ok && (k == "data" || k == "items" || k == "results") {
				return len(a) == 0 || len(a) > 0
			}
		}
	}
	return false
}

func scalars(v any, field, owner string, depth int, out []Scalar, keys *[]string) []Scalar {
	return appendScalars(v, field, owner, depth, false, out, keys)
}

func appendScalars(v any, field, owner string, depth int, item bool, out []Scalar, keys *[]string) []Scalar {
	if len(out) >= 4000 {
		return out
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(keysOf(v)) {
			*keys = append(*keys, k)
			out = appendScalars(v[k], k, field, depth+1, false, out, keys)
		}
	case []any:
		for _, x := range v {
			out = appendScalars(x, field, owner, depth, true, out, keys)
		}
	case string:
		if v != "" && len(v) <= 512 {
			out = append(out, Scalar{Field: field, Owner: owner, Text: v, Item: item, Depth: depth})
		}
	case json.Number:
		if _, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			out = append(out, Scalar{Field: field, Owner: owner, Text: string(v), Item: item, Depth: depth})
		}
	}
	return out
}

// count is a payload that counts exchanges.
type count struct{ n int64 }

func (c *count) Merge(o Payload)                       { c.n += o.(*count).n }
func (c *count) AppendBinary(b []byte) ([]byte, error) { return strconv.AppendInt(b, c.n, 10), nil }
func (c *count) Settle()                               {}
func newCount() Payload                                { return &count{} }
func decodeCount(b []byte) (Payload, error) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	return &count{n}, err
}

func newTestTree() *Tree { return New(newCount, decodeCount) }

func add(t *Tree, e *Exchange) { t.Add(e).(*count).n++ }
