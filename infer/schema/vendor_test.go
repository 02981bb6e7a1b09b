package schema

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
)

type harEntry struct {
	Request struct {
		Method   string      `json:"method"`
		URL      string      `json:"url"`
		Headers  []harHeader `json:"headers"`
		PostData *struct {
			MimeType  string `json:"mimeType"`
			Text      string `json:"text"`
			Encoding  string `json:"encoding,omitempty"`
			EncodingX string `json:"_encoding,omitempty"`
		} `json:"postData,omitempty"`
	} `json:"request"`
	Response struct {
		Status  int         `json:"status"`
		Headers []harHeader `json:"headers"`
		Content struct {
			MimeType string `json:"mimeType"`
			Text     string `json:"text"`
			Encoding string `json:"encoding,omitempty"`
		} `json:"content"`
	} `json:"response"`
}

type harHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harFile struct {
	Log struct {
		Entries []harEntry `json:"entries"`
	} `json:"log"`
}

func (e *harEntry) header(request bool, name string) string {
	hs := e.Response.Headers
	if request {
		hs = e.Request.Headers
	}
	v := ""
	for _, h := range hs {
		if strings.EqualFold(h.Name, name) {
			v = h.Value
		}
	}
	return v
}

func (e *harEntry) body(text, encoding string) []byte {
	if encoding == "base64" {
		if b, err := base64.StdEncoding.DecodeString(text); err == nil {
			return b
		}
	}
	return []byte(text)
}

func loadHAR(t testing.TB, path string) []harEntry {
	var h harFile
	if err := json.Unmarshal(gunzip(t, path), &h); err != nil {
		t.Fatal(err)
	}
	return h.Log.Entries
}

func writeHAR(t testing.TB, path string, entries []harEntry) {
	var h harFile
	h.Log.Entries = entries
	b, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func gunzip(t testing.TB, path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("no corpus: %v", err)
	}
	zr, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	data, err = io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// vendorDoc holds the operations of a vendor's document.
type vendorDoc struct{ ops []*vendorOp }

type vendorOp struct {
	method, path string // path includes the base path of the server
	segs         []vendorSeg
	tail         bool
}

type vendorSeg struct {
	literal string
	re      *regexp.Regexp
	whole   bool
}

var vendorParam = regexp.MustCompile(`\{([^{}]*)\}`)
var vendorTail = regexp.MustCompile(`(?i)\{(path|file_?path|tree_?path|ref|branch|basehead|archive)\}$`)

func loadVendor(t testing.TB, path string) *vendorDoc {
	var doc struct {
		Servers []struct{ URL string }
		Paths   map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(gunzip(t, path), &doc); err != nil {
		t.Fatal(err)
	}
	base := ""
	if len(doc.Servers) > 0 {
		if u, err := url.Parse(vendorParam.ReplaceAllString(doc.Servers[0].URL, "x")); err == nil {
			base = strings.TrimSuffix(u.Path, "/")
		}
	}
	v := &vendorDoc{}
	for path, item := range doc.Paths {
		for m := range item {
			switch m {
			case "get", "put", "post", "delete", "patch", "head", "options":
				full := base + path
				bare, _, _ := strings.Cut(full, "?")
				bare, _, _ = strings.Cut(bare, "#")
				op := &vendorOp{method: strings.ToUpper(m), path: full, tail: vendorTail.MatchString(bare)}
				for _, s := range pathSegments(bare) {
					op.segs = append(op.segs, vendorSegment(s))
				}
				v.ops = append(v.ops, op)
			}
		}
	}
	return v
}

func pathSegments(p string) []string {
	p = strings.Trim(p, "/")
	if p == "" {
		return nil
	}
	return strings.Split(p, "/")
}

func vendorSegment(s string) vendorSeg {
	locs := vendorParam.FindAllStringIndex(s, -1)
	if locs == nil {
		return vendorSeg{literal: s}
	}
	var re strings.Builder
	last := 0
	for _, l := range locs {
		re.WriteString(regexp.QuoteMeta(s[last:l[0]]) + "(.+?)")
		last = l[1]
	}
	re.WriteString(regexp.QuoteMeta(s[last:]))
	return vendorSeg{re: regexp.MustCompile("^" + re.String() + "$"), whole: len(locs) == 1 &&
		locs[0][0] == 0 && locs[0][1] == len(s)}
}

func (s vendorSeg) rank() int {
	switch {
	case s.re == nil:
		return 2
	case !s.whole:
		return 1
	}
	return 0
}

func (v *vendorDoc) match(method string, u *url.URL) *vendorOp {
	parts := pathSegments(u.EscapedPath())
	for i, p := range parts {
		if d, err := url.PathUnescape(p); err == nil {
			parts[i] = d
		}
	}
	var best *vendorOp
	for _, o := range v.ops {
		if o.method == method && o.matches(parts) && (best == nil || o.before(best)) {
			best = o
		}
	}
	if best != nil {
		return best
	}
	for _, o := range v.ops {
		if n := len(o.segs); o.tail && o.method == method && n < len(parts) {
			head := append(append([]string{}, parts[:n-1]...), strings.Join(parts[n-1:], "/"))
			if o.matches(head) && (best == nil || n > len(best.segs) || n == len(best.segs) && o.before(best)) {
				best = o
			}
		}
	}
	return best
}

func (o *vendorOp) matches(parts []string) bool {
	if len(parts) != len(o.segs) {
		return false
	}
	for i, s := range o.segs {
		if s.re == nil && s.literal != parts[i] || s.re != nil && !s.re.MatchString(parts[i]) {
			return false
		}
	}
	return true
}

func (o *vendorOp) before(b *vendorOp) bool {
	for i := range o.segs {
		if x, y := o.segs[i].rank(), b.segs[i].rank(); x != y {
			return x > y
		}
	}
	return o.path < b.path
}
