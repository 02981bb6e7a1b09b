package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var (
	judged    = flag.String("judge", "", "comma separated corpora to judge, or all")
	judgeOut  = flag.String("judge-out", "", "folder for the documents and logs of the judge")
	judgeSwap = flag.Bool("judge-swap", false, "infer from the traffic held out, judge by the rest")
	judgeCut  = flag.Float64("judge-share", 1, "share of the traffic to infer from")
)

// TestJudge infers schemas from recorded traffic and prints how a judge rates them. The vendor's
// document serves only to distinguish operations.
func TestJudge(t *testing.T) {
	if *judged == "" {
		t.Skip("no corpora given with -judge")
	}
	shared := filepath.Join("..", "..", "..", "shared")
	if _, err := os.Stat(shared); err != nil {
		t.Skip("no shared folder beside the project")
	}
	names := strings.Split(*judged, ",")
	if *judged == "all" {
		names = []string{"github", "stripe_ids", "datadog_v1", "kubernetes", "alertmanager"}
	}
	out := *judgeOut
	if out == "" {
		out = t.TempDir()
	}
	bin := filepath.Join(out, "speceval")
	build := exec.Command("go", "build", "-o", bin, ".")
	build.Dir = filepath.Join(shared, "speceval")
	if b, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build judge: %v\n%s", err, b)
	}
	fmt.Printf("%-13s %8s %8s %6s %6s %7s %11s %9s %6s %8s %8s %5s %7s\n", "corpus", "accepted", "rejected",
		"types", "props", "formats", "enums/false", "maps/f", "requir", "bytes", "inlined", "comps", "decide")
	for _, name := range names {
		judge(t, bin, filepath.Join(shared, "corpora", name), name, out)
	}
}

func judge(t *testing.T, bin, dir, name, out string) {
	vendor := loadVendor(t, filepath.Join(dir, "openapi.json.gz"))
	train, heldout := filepath.Join(dir, "train.har.gz"), filepath.Join(dir, "heldout.har.gz")
	if *judgeSwap {
		train, heldout = heldout, train
	}
	entries := loadHAR(t, train)
	if *judgeCut < 1 {
		rng := rand.New(rand.NewPCG(1, 2))
		var some []harEntry
		for _, e := range entries {
			if rng.Float64() < *judgeCut {
				some = append(some, e)
			}
		}
		entries = some
		train = filepath.Join(out, name+".train.har")
		writeHAR(t, train, entries)
	}
	c := collect(vendor, entries)
	bodies := c.bodies()
	start := time.Now()
	d := Decide(bodies, Policy{})
	took := time.Since(start)
	data := c.document(bodies, d)
	file := filepath.Join(out, name+".json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	inlined := len(c.document(bodies, Decide(bodies, Policy{Inline: true})))
	cmd := exec.Command(bin, "-v", "-json", "-official", filepath.Join(dir, "openapi.json.gz"), "-inferred",
		file, "-train", train, "-heldout", heldout)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("%s: %v: %s", name, err, tail(stderr.String()))
		return
	}
	os.WriteFile(filepath.Join(out, name+".log"), stderr.Bytes(), 0o600)
	os.WriteFile(filepath.Join(out, name+".report"), stdout.Bytes(), 0o600)
	var r struct {
		Accepted, Rejected, TypeAccuracy, PropRecall, FormatRecall, EnumRecall, MapRecall, RequiredF1 float64
		Nodes                                                                                         struct{ Enums, EnumsFalse, Maps, MapsFalse int }
		Bytes                                                                                         int
		Valid                                                                                         bool
		ValidError                                                                                    string
	}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if !r.Valid {
		t.Errorf("%s: invalid: %s", name, r.ValidError)
	}
	fmt.Printf("%-13s %8.3f %8.3f %6.3f %6.3f %7.3f %7.3f/%-3d %5.2f/%-3d %6.3f %8d %8d %5d %7s\n", name,
		r.Accepted, r.Rejected, r.TypeAccuracy, r.PropRecall, r.FormatRecall,
		r.EnumRecall, r.Nodes.EnumsFalse, r.MapRecall, r.Nodes.MapsFalse, r.RequiredF1, r.Bytes, inlined,
		len(d.Components), took.Round(time.Millisecond))
}

func tail(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// collected is traffic grouped by kind of body.
type collected struct {
	byKey   map[string]*Body
	query   map[string]map[string]*ParameterFacts
	ops     map[string]*vendorOp
	origins map[string]bodyOrigin // by Body.Key
}

type bodyOrigin struct {
	op     string
	status int // 0 for a request
	media  string
}

func collect(v *vendorDoc, entries []harEntry) *collected {
	c := &collected{map[string]*Body{}, map[string]map[string]*ParameterFacts{}, map[string]*vendorOp{},
		map[string]bodyOrigin{}}
	for _, e := range entries {
		u, err := url.Parse(e.Request.URL)
		if err != nil {
			continue
		}
		op := v.match(strings.ToUpper(e.Request.Method), u)
		if op == nil {
			continue
		}
		id := op.method + " " + op.path
		c.ops[id] = op
		if c.query[id] == nil {
			c.query[id] = map[string]*ParameterFacts{}
		}
		for k, vs := range u.Query() {
			k, _, _ = strings.Cut(k, "[")
			if c.query[id][k] == nil {
				c.query[id][k] = NewParameterFacts(k)
			}
			c.query[id][k].Add(vs...)
		}
		if p := e.Request.PostData; p != nil {
			c.add(op, 0, firstOf(p.MimeType, e.header(true, "content-type")),
				e.body(p.Text, firstOf(p.Encoding, p.EncodingX)))
		}
		r := &e.Response
		c.add(op, r.Status, firstOf(e.header(false, "content-type"), r.Content.MimeType),
			e.body(r.Content.Text, r.Content.Encoding))
	}
	return c
}

func (c *collected) add(op *vendorOp, status int, contentType string, body []byte) {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	id := op.method + " " + op.path
	key := fmt.Sprintf("%s %03d %s", id, status, media)
	p := c.byKey[key]
	if p == nil {
		p = &Body{Key: key, Method: op.method, Facts: &Facts{}}
		switch {
		case status == 0:
			p.Role = Request
		case status >= 400:
			p.Role = Error
		}
		p.Family = op.path
		for i, s := range strings.Split(strings.Trim(op.path, "/"), "/") {
			if strings.HasPrefix(s, "{") {
				p.Item = true
			} else {
				p.Item = false
				p.Nouns = append([]string{s}, p.Nouns...)
			}
			_ = i
		}
		if p.Item {
			p.Family = op.path[:strings.LastIndexByte(op.path, '/')]
		}
		p.Form = strings.Contains(media, "form")
		c.byKey[key] = p
		c.origins[key] = bodyOrigin{id, status, media}
	}
	if len(body) == 0 {
		return
	}
	switch {
	case strings.Contains(media, "json"):
		p.Facts.AddJSON(body, true, nil)
	case media == "application/x-www-form-urlencoded":
		var fields []Field
		for _, pair := range strings.Split(string(body), "&") {
			k, v, _ := strings.Cut(pair, "=")
			k, _ = url.QueryUnescape(k)
			v, _ = url.QueryUnescape(v)
			fields = append(fields, Field{Name: k, Value: v})
		}
		p.Facts.AddForm(fields, nil)
	}
}

func (c *collected) bodies() []Body {
	var ps []Body
	for _, p := range c.byKey {
		ps = append(ps, *p)
	}
	return ps
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
