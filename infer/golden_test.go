package infer_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
)

var update = flag.Bool("update", false, "rewrite what golden files expect")

// TestGolden infers the documents of the traffic in testdata/golden/*.txtar. The file "flows" there
// holds exchanges:
//
//	3× POST https://a.example/orders?dry_run=true
//	> Content-Type: application/json
//	> {"item":"a%d"}
//	< 201 application/json
//	< Location: /orders/%d
//	< {"id":%d}
//
// An empty line ends the headers before a body that looks like one. "3×" stands for three exchanges, in which %d is 1, 2 and 3. The file "document" holds the
// document, and "explanations" explains each operation.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { checkGolden(t, file) })
	}
}

func checkGolden(t *testing.T, file string) {
	ar, err := txtar.ParseFile(file)
	if err != nil || len(ar.Files) == 0 || ar.Files[0].Name != "flows" {
		t.Fatalf("no flows: %v", err)
	}
	fs := parseFlows(t, string(ar.Files[0].Data))
	m, backwards, other := modelOf(fs), infer.New(), infer.New()
	for i := range fs {
		[]*infer.Model{backwards, other}[i%2].Add(&fs[len(fs)-1-i])
	}
	if backwards.Merge(other); !bytes.Equal(document(t, backwards, "3.1"), document(t, m, "3.1")) {
		t.Error("another order gives another document")
	}
	d := m.Decide(infer.Options{})
	var explanations bytes.Buffer
	for i, o := range d.Document().Operations {
		x := must.Get(d.Explain(o.Method, o.Path))
		if i > 0 { // the goldens of infer/route explain paths, so one is enough here
			x.Findings = slices.DeleteFunc(x.Findings, func(f infer.Finding) bool { return f.About == "path" })
			explanations.WriteString("\n")
		}
		must.Do(t, x.WriteText(&explanations, true))
	}
	got := []txtar.File{
		ar.Files[0],
		{Name: "document", Data: document(t, m, "3.1")},
		{Name: "explanations", Data: explanations.Bytes()},
	}
	if *update {
		ar.Files = got
		must.Do(t, os.WriteFile(file, txtar.Format(ar), 0o600))
		return
	}
	if len(ar.Files) != len(got) {
		t.Fatalf("%d files, want %d", len(ar.Files), len(got))
	}
	for i := range got {
		if !bytes.Equal(got[i].Data, ar.Files[i].Data) {
			t.Errorf("%s:\n%s", got[i].Name, firstDifference(string(ar.Files[i].Data), string(got[i].Data)))
		}
	}
}

// firstDifference returns the first lines in which two texts differ.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		if i >= len(w) || i >= len(g) || w[i] != g[i] {
			return fmt.Sprintf("line %d\nwant %q\ngot  %q", i+1, w[min(i, len(w)):min(i+4, len(w))], g[min(i, len(g)):min(i+4, len(g))])
		}
	}
	return ""
}

var headerLine = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*): (.*)$`)

// parseFlows parses the exchanges of a golden file.
func parseFlows(t *testing.T, text string) (fs []flow.Flow) {
	t.Helper()
	for _, block := range strings.Split(text, "\n\n") {
		if strings.TrimSpace(block) == "" {
			continue
		}
		n := 1
		if head, rest, ok := strings.Cut(block, "× "); ok {
			fmt.Sscan(head, &n)
			block = rest
		}
		for i := range n {
			fs = append(fs, parseFlow(t, strings.ReplaceAll(block, "%d", fmt.Sprint(i+1))))
		}
	}
	for i := range fs {
		fs[i].Started = time.Unix(1_700_000_000+int64(i), 0).UTC()
	}
	return fs
}

// parseFlow parses one exchange.
func parseFlow(t *testing.T, block string) flow.Flow {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(block), "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	u := must.Get(url.Parse(target))
	f := flow.Flow{ID: flow.NewID(), Done: true, Response: &flow.Response{}, Request: flow.Request{
		Method: method, Scheme: u.Scheme, Authority: u.Host, Path: u.EscapedPath(), RawQuery: u.RawQuery,
	}}
	var sent, received []string
	bodies := map[string]bool{} // sides whose headers have ended
	for _, line := range lines[1:] {
		side, rest := line[:1], strings.TrimPrefix(line[1:], " ")
		h, body := &f.Request.Header, &sent
		if side == "<" {
			h, body = &f.Response.Header, &received
			if f.Response.Status == 0 {
				status, mediaType, _ := strings.Cut(rest, " ")
				fmt.Sscan(status, &f.Response.Status)
				if mediaType != "" {
					*h = append(*h, flow.Field{Name: "Content-Type", Value: mediaType})
				}
				continue
			}
		}
		m := headerLine.FindStringSubmatch(rest)
		switch {
		case bodies[side]:
			*body = append(*body, rest)
		case m != nil:
			*h = append(*h, flow.Field{Name: m[1], Value: m[2]})
		default:
			if bodies[side] = true; rest != "" {
				*body = append(*body, rest)
			}
		}
	}
	if f.Response.Status == 0 {
		t.Fatalf("no response: %s", block)
	}
	join := func(b *flow.Body, lines []string) {
		b.Data = []byte(strings.Join(lines, "\n"))
		b.Size = int64(len(b.Data))
	}
	join(&f.Request.Body, sent)
	join(&f.Response.Body, received)
	return f
}
